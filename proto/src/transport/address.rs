//! Addresses as people write them.

/// What an address has to be, to be said to whoever wrote something else.
pub const ADDRESS: &str = "host:port, such as \"127.0.0.1:7101\"";

/// Whether a text is `host:port`; the host of an address with colons is in brackets.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        let is_host = !host.is_empty() && !host.contains(char::is_whitespace);
        is_host && (is_bracketed || !host.contains(':')) && port.parse::<u16>().is_ok()
    })
}
