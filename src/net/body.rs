//! Reading an answer's body: within a limit, gzip undone, and a cut body told from a whole one.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use reqwest::header::CONTENT_ENCODING;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection ended before the body did.
    #[error("the answer was cut off")]
    Cut,
    /// More than this program reads into memory.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes after decompression.
        limit: usize,
    },
}

/// Reads a body of at most `limit` bytes, and says how many bytes came over the wire.
///
/// Compression is undone here rather than by the client so that the limit holds for what is unpacked too.
pub async fn read_body(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<(Vec<u8>, u64), BodyError> {
    let gzip = response
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"gzip"));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| BodyError::Cut)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(BodyError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    let wire = u64::try_from(body.len()).unwrap_or(u64::MAX);
    if !gzip || body.is_empty() {
        return Ok((body, wire));
    }
    let mut plain = Vec::new();
    let cap = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body.as_slice())
        .take(cap)
        .read_to_end(&mut plain)
        .map_err(|_| BodyError::Cut)?;
    if plain.len() > limit {
        return Err(BodyError::TooLarge { limit });
    }
    Ok((plain, wire))
}
