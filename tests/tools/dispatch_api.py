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


def lead_body(case, body):
    """Some changes of the right kind; a field that is not there stays away."""
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
        body = lead_body(case, body)
    if draw(case, "unproven", UNPROVEN) != 0:
        case.headers["Authorization"] = f"Bearer {bearer}"
    case.body, case.path_parameters, case.query = body, parameters, query
