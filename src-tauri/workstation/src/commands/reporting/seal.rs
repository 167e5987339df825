//! What a report carries so that it can be proven later: what was asked, and what it stood on.

use super::ReportRequest;
use super::equity::Closes;
use crate::dto::PnlRequest;
use crate::{Error, Result};
use domain::{Book, Quote, Timestamp};
use reports::{Document, Format};
use serde::{Deserialize, Serialize};
use store::DeviceHead;

/// The version of the seal itself.
pub(super) const VERSION: u64 = 1;

/// What a report stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ground {
    pub heads: Vec<DeviceHead>,
    pub prices: Vec<Quote>,
}

/// Where the journal of a device ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SealedHead {
    pub device: String,
    pub facts: u64,
    pub head: String,
}

/// The seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seal {
    pub omc_report: u64,
    /// The version of the program that wrote it, and of its layouts.
    pub program: String,
    pub layout: u32,
    pub format: String,
    pub kind: String,
    pub book: Book,
    pub fy: Option<i32>,
    pub request: PnlRequest,
    pub generated_at: Timestamp,
    pub heads: Vec<SealedHead>,
    pub prices: Vec<Quote>,
    /// The prices of past days that the equity stands on.
    #[serde(default, skip_serializing_if = "Closes::is_empty")]
    pub closes: Closes,
    pub rows: u64,
    pub content_sha256: String,
}

impl Seal {
    pub(super) fn of(
        request: &ReportRequest,
        format: Format,
        generated_at: Timestamp,
        ground: &Ground,
        document: &Document,
        closes: Closes,
    ) -> Result<Self> {
        let head = |head: &DeviceHead| SealedHead {
            device: head.device.to_string(),
            facts: head.facts,
            head: head.head.to_string(),
        };
        Ok(Self {
            omc_report: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            layout: reports::LAYOUT,
            format: format.as_str().to_owned(),
            kind: request.kind.clone(),
            book: request.book,
            fy: request.fy,
            request: request.pnl.clone(),
            generated_at,
            heads: ground.heads.iter().map(head).collect(),
            prices: ground.prices.clone(),
            closes,
            rows: document.rows(),
            content_sha256: document.content_sha256()?,
        })
    }

    pub(super) fn text(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::refused("bad_seal", format!("a seal can't be written: {error}")))
    }
}
