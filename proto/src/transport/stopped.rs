//! What tells a server to stop.

use tokio::sync::oneshot;

/// Resolves on SIGTERM, SIGINT and SIGHUP and, if `until_stdin_closes`, when standard input ends,
/// so that a child dies with its parent. Errors: if the system refuses a signal handler.
pub fn stopped(until_stdin_closes: bool) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // The terminal that started it was closed.
    let mut hangup = signal(SignalKind::hangup())?;
    let (open, closed) = oneshot::channel::<()>();
    let kept = if until_stdin_closes {
        // A thread of its own: a blocked read cannot be cancelled and must not be waited for.
        std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
            let _open = open;
            let _ended = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        })?;
        None
    } else {
        Some(open)
    };
    Ok(async move {
        let _kept = kept;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
            _ = closed => {}
        }
    })
}
