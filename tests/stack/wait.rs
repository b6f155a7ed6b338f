//! Waiting for what others do: looked for again and again, never longer than said.

use std::time::Duration;

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Looks until something is found; panics with the sentence when the time is over before.
pub(crate) async fn until<T>(limit: Duration, sentence: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    let found = tokio::time::timeout(limit, looking).await;
    found.unwrap_or_else(|_| panic!("after {limit:?}, not yet: {sentence}"))
}
