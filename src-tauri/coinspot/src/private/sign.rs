//! The signature: over the exact bytes that are sent.

use hmac::{Hmac, KeyInit, Mac};
use ledgers::Secret;
use sha2::Sha512;

/// HMAC-SHA512 of the bytes under the secret, in lower-case hex.
pub fn signature(secret: &Secret, body: &[u8]) -> Option<String> {
    // A key of any length will do, so that there is always one.
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    mac.update(body);
    Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_comes_out() {
        let body = r#"{"nonce":1700000000000,"cointype":"BTC","amount":"0.1","rate":"50000","markettype":"AUD"}"#;
        let published = "1117eff6a1d16e197bdfe246032f317017718710b20118392b59c5fecbb12bee46fd58de2ae098c70f3cb7d88019baab9e706b0036514909113aaa5614ce5eca";
        assert_eq!(signature(&Secret::new("secret".to_owned()), body.as_bytes()).as_deref(), Some(published));
    }
}
