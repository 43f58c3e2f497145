//! What is unique to a connection, at both of its ends.

use crate::session::Binding;
use std::io;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use tokio_rustls::rustls::ConnectionCommon;

/// The exporter's label for channel bindings (RFC 9266, 2).
const LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// The connection that a channel uses now, if it has used one yet.
#[derive(Clone, Debug, Default)]
pub struct Bound(Arc<Mutex<Option<Binding>>>);

impl Bound {
    /// What is unique to it.
    #[must_use]
    pub fn binding(&self) -> Option<Binding> {
        *self.0.lock().expect("no holder of this lock panics")
    }

    pub(super) fn bind(&self, binding: Binding) {
        *self.0.lock().expect("no holder of this lock panics") = Some(binding);
    }
}

/// The binding of a connection whose handshake is done. Errors: the library's, as I/O errors.
pub(super) fn exporter<S>(
    session: &impl Deref<Target = ConnectionCommon<S>>,
) -> io::Result<Binding> {
    let exported = session.export_keying_material([0; 32], LABEL, None);
    exported.map(Binding).map_err(io::Error::other)
}
