"""Leads schemathesis to what is there: without this, hardly a request of its would get past the door.

Owns: whose token a request carries, and which repository, pull request and dispatch most requests name. What is there is
told in the environment, by the test that starts all this. Never judges an answer, and takes no chances of its own: a request
that is made again is led the same way.
"""

import json
import os
import zlib

import schemathesis

THERE = json.loads(os.environ["DISPATCH_API_THERE"])
# One of so many requests is left as it is.
LEFT_ALONE = 4
# One of so many carries no token that counts.
UNPROVEN = 16

# What a request for one kind of run must not have.
STRAY = {
    "gap-fill": {"parent", "siblings", "dependencies"},
    "implement": {"prNumber", "parent", "siblings", "dependencies"},
    "plan": {"prNumber"},
}
TICKET = {"id": "7f3d", "identifier": "ENG-43", "title": "Resume uploads"}


def draw(case, purpose, sides):
    """A die that falls the same way for the same request."""
    made = [case.path_parameters, dict(case.query or {}), dict(case.headers or {}), case.body]
    return zlib.crc32(f"{purpose} {case.method} {case.path} {made!r}".encode(errors="replace")) % sides


def is_led(case, purpose):
    return draw(case, purpose, LEFT_ALONE) != 0


def pick(case, purpose, some):
    return some[draw(case, f"which {purpose}", len(some))]


def bearer_of(case):
    if case.path.startswith("/v1/claims/"):
        return THERE["runProof"]
    if case.path.startswith("/runner/"):
        return THERE["runToken"]
    return pick(case, "bearer", [THERE["apiToken"], THERE["apiToken"], THERE["workflowToken"]])


def fit(case, body):
    """Most requests for a run have what its kind needs, and nothing else: the rules that a schema does not tell."""
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in STRAY or not is_led(case, "kind"):
        return body
    needed = {"prNumber": 1} if kind == "gap-fill" else {"issue": TICKET}
    return needed | {name: value for name, value in body.items() if name not in STRAY[kind]}


def lead(case, body):
    """Most places that a body names are there; what it doesn't name stays away."""
    repository, number = pick(case, "repository", THERE["repositories"]), pick(case, "number", THERE["pullRequests"])
    places = {
        "repo": repository,
        "teamKey": THERE["team"],
        "issueKey": f"{THERE['team']}-42",
        "prNumber": number,
        "commentId": THERE["comment"],
        "phase": THERE["phase"],
    }
    return {name: places[name] if name in places and is_led(case, name) else value for name, value in body.items()}


@schemathesis.hook
def before_call(context, case, kwargs):
    bearer = bearer_of(case)
    body, parameters, query = case.body, dict(case.path_parameters or {}), dict(case.query or {})
    if "id" in parameters and is_led(case, "id"):
        of_run = case.path.startswith("/v1/claims/")
        parameters["id"] = THERE["claim"] if of_run else pick(case, "dispatch", THERE["dispatches"])
    if "repo" in query and is_led(case, "repo"):
        query["repo"] = pick(case, "repository", THERE["repositories"])
    if isinstance(body, dict):
        body = lead(case, fit(case, body))
    if "Idempotency-Key" in case.headers and is_led(case, "key"):
        # The document's example is one key: with it, all but the first request would be the same one.
        case.headers["Idempotency-Key"] = f"key-{draw(case, 'key', 10_000)}"
    if draw(case, "unproven", UNPROVEN) != 0:
        case.headers["Authorization"] = f"Bearer {bearer}"
    case.body, case.path_parameters, case.query = body, parameters, query
