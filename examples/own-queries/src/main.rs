//! Operations of one's own, checked and generated when this crate is built.

fn main() {}
