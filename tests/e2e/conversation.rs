//! How a conversation becomes a test of its own and a scene of the run through the OpenAPI proxy.

use std::pin::Pin;

use crate::stage::Stage;

/// A conversation, by its name.
pub(crate) type Scene = (&'static str, for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>);

/// Makes a test of each named `async fn(&Stage)` of a file, and lists them as `SCENES` unless they are to stay `alone`.
macro_rules! conversations {
    (alone: $($name:ident),* $(,)?) => {
        mod alone {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&crate::stage::Stage::open().await).await;
            })*
        }
    };
    ($($name:ident),* $(,)?) => {
        pub(crate) const SCENES: &[crate::conversation::Scene] =
            &[$((concat!(module_path!(), "::", stringify!($name)), |stage| Box::pin($name(stage)))),*];

        crate::conversation::conversations![alone: $($name),*];
    };
}

pub(crate) use conversations;
