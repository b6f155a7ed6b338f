//! The dispatch function's router, driven as programs and workflows drive it – and as somebody would who wants in.

mod callers;
mod description;
mod desk;
mod dispatches;
mod lending;
mod openapi;
mod preview;
mod redeeming;
mod runner;
mod running;
