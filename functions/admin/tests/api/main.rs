//! The admin's router, driven as API Gateway, scripts and browsers drive it – and as somebody would who wants in.

mod binding;
mod dispatches;
mod health;
mod mappings;
mod office;
mod sessions;
mod sign_in;
mod sync;
mod tokens;
