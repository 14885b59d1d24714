//! The examples, as they are. Their `main` is not called.

#[path = "../../examples/hyper.rs"]
pub(crate) mod hyper;
#[path = "../../examples/lambda.rs"]
pub(crate) mod lambda;
#[path = "../../examples/poem.rs"]
pub(crate) mod poem;
#[path = "../../examples/rocket.rs"]
pub(crate) mod rocket;
#[path = "../../examples/salvo.rs"]
pub(crate) mod salvo;
#[path = "../../examples/tonic.rs"]
pub(crate) mod tonic;
#[path = "../../examples/warp.rs"]
pub(crate) mod warp;
