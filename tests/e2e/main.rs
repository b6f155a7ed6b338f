//! The product from end to end: people comment at the sandbox GitHub, and what they then see there is asserted.
//!
//! Each conversation is a test of its own, in a process of its own. The conversations without scripted faults run once
//! more, one after the other, through a proxy that holds both sides against GitHub's own OpenAPI document.

mod admin;
mod answers;
mod closing;
mod conversation;
mod crashes;
mod desk;
mod doctor;
mod doctor_faults;
mod faults;
mod giving_up;
mod life;
mod local_system;
mod mappings;
mod news;
mod news_faults;
mod octokit_payloads;
mod openapi;
mod openapi_fuzz;
mod operators;
mod owners;
mod planning;
mod programs;
mod quiet;
mod redeeming;
mod refusals;
mod repeats;
mod reporting;
mod resolving;
mod runs;
mod sign_in;
mod speed;
mod stage;
mod steering;
mod steering_faults;
mod sweep_faults;
mod sweeping;
mod taking_back;
mod waiting;
