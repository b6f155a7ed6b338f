//! What this product has promised to others, and to itself: GitHub's payloads, GitHub's signatures, GitHub's tokens, its
//! own walls, its template.
//!
//! Owns tests against facts that somebody else wrote: Octokit's examples, Octokit's signing, the files of this
//! repository. Never tests what follows from an accepted event.

mod architecture;
mod assets;
mod bedrock_role;
mod failpoints;
mod payloads;
mod place;
mod routes;
mod signatures;
mod template;
mod tokens;
