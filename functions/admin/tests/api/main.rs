//! The admin's router, driven as API Gateway, scripts and browsers drive it – and as somebody would who wants in.

mod activity;
mod binding;
mod browser;
mod dispatches;
mod github_sign_in;
mod health;
mod health_details;
mod listing;
mod mappings;
mod office;
mod scale;
mod sessions;
mod sign_in;
mod standing;
mod steering;
mod sync;
mod tokens;
