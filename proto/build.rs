//! Compiles the schemas with a protobuf compiler in Rust, so that no `protoc` is needed.

use std::error::Error;

const SCHEMAS: [&str; 2] = ["tender/v1/issuer.proto", "tender/v1/intermediary.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=schema");
    let descriptors = protox::compile(SCHEMAS, ["schema"])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
