//! Generates this crate's own operations.

fn main() {
    wikijs_codegen::compile("queries");
}
