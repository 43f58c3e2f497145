//! Compiles the schemas with a protobuf compiler in Rust, so that no `protoc` is needed.

use prost::Message;
use std::error::Error;
use std::path::Path;

const SCHEMAS: [&str; 3] =
    ["tender/v1/issuer.proto", "tender/v1/operator.proto", "tender/v1/intermediary.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=schema");
    let descriptors = protox::compile(SCHEMAS, ["schema"])?;
    let folder = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&folder).join("schemas.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
