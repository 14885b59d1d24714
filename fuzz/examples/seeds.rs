//! Writes the seeds of every target to where cargo-fuzz looks for them: `fuzz/corpus/<target>/`.
//!
//!     cargo run --example seeds

use std::io;
use std::path::Path;

use webhook_fuzz::TARGETS;

fn main() -> io::Result<()> {
    for target in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (index, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{index:04}")), seed)?;
        }
    }
    Ok(())
}
