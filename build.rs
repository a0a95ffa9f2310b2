//! Generates `wikijs_client::api` from the documents under `queries/`.

fn main() {
    wikijs_codegen::configure()
        .queries("queries")
        .crate_path("crate")
        .compile_or_exit();
}
