// Cuts GitHub's own OpenAPI document down to the operations that this system uses, so that the cut is small enough
// to commit and quick enough for a proxy to load. What stays is GitHub's text and validates the same,
// but for the few corrections below.
//
// Usage: node cut-openapi.mjs           writes github-openapi.json beside this file
//        node cut-openapi.mjs --check   fails when the committed file is not what this would write
// Needs the npm package @octokit/openapi beside it.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const OPERATIONS = {
  "/app": ["get"],
  "/app/hook/config": ["get"],
  "/app/hook/deliveries": ["get"],
  "/app/hook/deliveries/{delivery_id}": ["get"],
  "/app/hook/deliveries/{delivery_id}/attempts": ["post"],
  "/app/installations/{installation_id}/access_tokens": ["post"],
  "/applications/{client_id}/token": ["delete"],
  "/installation/token": ["delete"],
  "/orgs/{org}/installation": ["get"],
  "/orgs/{org}/memberships/{username}": ["get"],
  "/orgs/{org}/teams/{team_slug}/memberships/{username}": ["get"],
  "/user": ["get"],
  "/users/{username}": ["get"],
  "/users/{username}/installation": ["get"],
  "/repos/{owner}/{repo}": ["get"],
  "/repos/{owner}/{repo}/installation": ["get"],
  "/repos/{owner}/{repo}/collaborators/{username}/permission": ["get"],
  "/repos/{owner}/{repo}/contents/{path}": ["get"],
  "/repos/{owner}/{repo}/git/ref/{ref}": ["get"],
  "/repos/{owner}/{repo}/git/refs": ["post"],
  "/repos/{owner}/{repo}/git/refs/{ref}": ["patch"],
  "/repos/{owner}/{repo}/git/commits": ["post"],
  "/repos/{owner}/{repo}/git/commits/{commit_sha}": ["get"],
  "/repos/{owner}/{repo}/git/trees": ["post"],
  "/repos/{owner}/{repo}/git/trees/{tree_sha}": ["get"],
  "/repos/{owner}/{repo}/pulls": ["get", "post"],
  "/repos/{owner}/{repo}/pulls/{pull_number}": ["get", "patch"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/files": ["get"],
  "/repos/{owner}/{repo}/issues/{issue_number}": ["get"],
  "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
  "/repos/{owner}/{repo}/issues/comments": ["get"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["get", "patch"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions": ["post"],
  "/repos/{owner}/{repo}/actions/workflows/{workflow_id}": ["get"],
  "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches": ["post"],
  "/repos/{owner}/{repo}/actions/permissions": ["get"],
  "/repos/{owner}/{repo}/actions/permissions/workflow": ["get"],
  "/repos/{owner}/{repo}/actions/secrets": ["get"],
  "/repos/{owner}/{repo}/actions/organization-secrets": ["get"],
  "/repos/{owner}/{repo}/actions/variables": ["get"],
  "/repos/{owner}/{repo}/actions/organization-variables": ["get"],
  "/repos/{owner}/{repo}/actions/oidc/customization/sub": ["get"],
  "/repos/{owner}/{repo}/actions/runs": ["get"],
  "/repos/{owner}/{repo}/actions/runs/{run_id}": ["get"],
  "/repos/{owner}/{repo}/actions/runs/{run_id}/cancel": ["post"],
  "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs": ["get"],
  "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations": ["get"],
};

// Keys that no validator reads. `properties` maps are left alone: a property may well be called "description".
const UNREAD = new Set(["description", "summary", "example", "examples", "externalDocs", "tags", "title", "deprecated"]);

// Where GitHub's document says less than GitHub does. Each correction only widens what is accepted.
const CORRECTIONS = [
  function workflowIdsAreNumbersOrNames(cut) {
    // A number in a path is a string as well, so `oneOf` refuses every numeric id.
    const schema = cut.components.parameters["workflow-id"].schema;
    schema.anyOf = schema.oneOf;
    delete schema.oneOf;
  },
  function createdTakesTheSearchSyntax(cut) {
    // Documented as taking `>=2026-01-01`, declared as one point of time.
    delete cut.components.parameters.created.schema.format;
  },
  function commentListsAreConditional(cut) {
    // Every list that is read with the entity tag of an earlier answer may be answered with "not modified".
    const list = cut.paths["/repos/{owner}/{repo}/issues/comments"].get;
    list.responses["304"] = { $ref: "#/components/responses/not_modified" };
  },
  function filePathsHoldSlashes(cut) {
    // A path template never spans a slash; workflow files are the ones that are read below a folder.
    const contents = "/repos/{owner}/{repo}/contents/";
    cut.paths[`${contents}.github/workflows/{path}`] = cut.paths[`${contents}{path}`];
  },
];

/** A copy of an OpenAPI object without the keys that no validator reads. */
function withoutProse(node) {
  if (Array.isArray(node)) return node.map(withoutProse);
  if (node === null || typeof node !== "object") return node;
  const kept = {};
  for (const [key, value] of Object.entries(node)) {
    if (UNREAD.has(key) || key.startsWith("x-")) continue;
    kept[key] = holdsNames(key) ? withoutProseInValues(value, key) : withoutProse(value);
  }
  return kept;
}

/** True for maps whose keys are names chosen by GitHub, not OpenAPI's own vocabulary. */
function holdsNames(key) {
  return ["properties", "patternProperties", "paths", "headers", "schemas", "responses", "parameters"].includes(key);
}

function withoutProseInValues(map, kind) {
  if (Array.isArray(map)) return withoutProse(map);
  const without = kind === "responses" ? describedWithoutProse : withoutProse;
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, without(value)]));
}

/** A response keeps its description: OpenAPI demands one, and without it a bodiless answer counts as undeclared. */
function describedWithoutProse(response) {
  const { description } = response;
  return description === undefined ? withoutProse(response) : { description, ...withoutProse(response) };
}

/** Every `$ref` inside a node, as [section, name] of the components. */
function references(node, found = []) {
  if (Array.isArray(node)) node.forEach((item) => references(item, found));
  else if (node !== null && typeof node === "object") {
    if (typeof node.$ref === "string") found.push(node.$ref.split("/").slice(2));
    Object.values(node).forEach((value) => references(value, found));
  }
  return found;
}

/** Copies into the cut every component that it refers to, directly or through others. */
function componentsOf(paths, full) {
  const components = {};
  const waiting = references(paths);
  while (waiting.length > 0) {
    const [section, name] = waiting.pop();
    if (components[section]?.[name] !== undefined) continue;
    const component = withoutProseInValues({ [name]: full.components[section][name] }, section)[name];
    (components[section] ??= {})[name] = component;
    waiting.push(...references(component));
  }
  return components;
}

/** Sorted keys make the file the same on every machine. */
function sorted(node) {
  if (Array.isArray(node)) return node.map(sorted);
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.keys(node).sort().map((key) => [key, sorted(node[key])]));
}

function pathsOf(full) {
  const paths = {};
  for (const [path, methods] of Object.entries(OPERATIONS)) {
    paths[path] = {};
    for (const method of methods) {
      const operation = full.paths[path]?.[method];
      if (operation === undefined) throw new Error(`GitHub's document has no ${method} ${path}`);
      paths[path][method] = withoutProse(operation);
    }
  }
  return paths;
}

const source = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json");
const full = JSON.parse(readFileSync(source, "utf8"));
const paths = pathsOf(full);
const cut = {
  openapi: full.openapi,
  info: { title: full.info.title, version: full.info.version, license: full.info.license },
  servers: full.servers,
  paths,
  components: componentsOf(paths, full),
};
CORRECTIONS.forEach((correct) => correct(cut));
const output = new URL("github-openapi.json", import.meta.url);
const text = `${JSON.stringify(sorted(cut), null, 1)}\n`;
if (process.argv[2] !== "--check") {
  writeFileSync(output, text);
} else if (readFileSync(output, "utf8") !== text) {
  console.error("github-openapi.json is not the cut of the pinned @octokit/openapi; run node tests/tools/cut-openapi.mjs");
  process.exitCode = 1;
}
