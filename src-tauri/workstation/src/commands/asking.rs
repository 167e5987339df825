//! What another process may ask of the one that holds the workspace: the same as in its own process, by name.
//!
//! Invariants: a request is done in this process when nobody else holds the workspace, else by the holder, else not at all;
//! it is never done twice. Deliberately absent: the socket itself.

use crate::dto::{
    AlgorithmRequest, AmendRequest, BooksRequest, FileRequest, KillRequest, LabRequest, MandateRequest, OrderRequest,
    PickedParcel, RiskRequest, TaxChange, TwapRequest,
};
use crate::live::Word;
use crate::{Error, Home, Mode, Result, Workstation};
use domain::{Book, Trials};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Something that changes the workspace and that its holder does for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Stop trading. The latch is on disk already.
    Kill {
        /// Also what is not ours.
        #[serde(default)]
        all: bool,
    },
    /// Open trading again: a person at this machine says so, for nobody else can reach the socket.
    Unkill,
    /// Sell what is held; the switch is pulled already.
    Liquidate {
        /// What, and what was typed.
        request: KillRequest,
    },
    /// Place an order.
    Order {
        /// The order.
        order: OrderRequest,
    },
    /// What another limit for an order would come to.
    AmendPreview {
        /// The order and the limit.
        amend: AmendRequest,
    },
    /// Give an order that rests another limit.
    Amend {
        /// The order and the limit.
        amend: AmendRequest,
    },
    /// Take an order back.
    Cancel {
        /// Its id.
        id: String,
    },
    /// Take back every order that rests.
    CancelAll,
    /// Look for every live order that is not over.
    Reconcile,
    /// A person's word on an order nobody knows the fate of.
    Resolve {
        /// The order.
        id: String,
        /// Whether it is at the exchange.
        placed: bool,
        /// Which thing there.
        venue_order: Option<String>,
        /// Why.
        why: String,
    },
    /// The account at the exchange.
    Account,
    /// Note that the trader says the key at hand can't withdraw.
    KeyDeclare,
    /// Take the trading lease, or give it up.
    Lease {
        /// Whether it is to be held.
        held: bool,
    },
    /// What waits for a person.
    Approvals,
    /// Approve an order that waits.
    Approve {
        /// Its id.
        id: String,
        /// The fingerprint that was looked at.
        hash: Option<String>,
        /// Name and value of what is changed before.
        edit: BTreeMap<String, String>,
    },
    /// Reject an order that waits.
    Reject {
        /// Its id.
        id: String,
        /// The person's reason.
        why: String,
    },
    /// Say something to an order that waits.
    Answer {
        /// Its id.
        id: String,
        /// What is said.
        words: String,
    },
    /// Begin a session of the Lab.
    LabStart {
        /// What it is to find out.
        request: LabRequest,
    },
    /// How a session stands.
    LabShow {
        /// Which.
        id: String,
    },
    /// Go on with a session that nobody works on.
    LabResume {
        /// Which.
        id: String,
    },
    /// End a session.
    LabCancel {
        /// Which.
        id: String,
    },
    /// Go back to a stage of a session.
    LabRewind {
        /// Which.
        id: String,
        /// To which stage.
        stage: String,
        /// What is set otherwise, by name.
        #[serde(default)]
        set: BTreeMap<String, String>,
    },
    /// Change how long a person has to decide.
    ApprovalsSet {
        /// Name and value.
        changes: BTreeMap<String, String>,
    },
    /// Grant a mandate.
    MandateSet {
        /// The mandate.
        mandate: MandateRequest,
    },
    /// Take a mandate back.
    MandateRevoke {
        /// Whose.
        holder: String,
        /// In which book.
        book: Book,
    },
    /// Start an order cut into slices.
    TwapStart {
        /// What is wanted.
        twap: TwapRequest,
    },
    /// Stop one.
    TwapStop {
        /// Its id.
        id: String,
    },
    /// Change limits.
    LimitsSet {
        /// Of which book.
        book: Book,
        /// Name and value.
        changes: BTreeMap<String, String>,
        /// Meant, though it lets more through with real money.
        #[serde(default)]
        loosen: bool,
    },
    /// Note that an alert was seen, or all of them.
    AlertSeen {
        /// Which; none for all.
        id: Option<String>,
    },
    /// Set something about alerts.
    AlertsSet {
        /// Name and value.
        changes: BTreeMap<String, String>,
    },
    /// Tell alerts to the webhook, or no longer.
    WebhookSet {
        /// Whether they are told.
        on: bool,
    },
    /// Tell the webhook that this is a test.
    WebhookTest,
    /// Write a coin down, set volatile mode or protections, lift a lock.
    Risk {
        /// What of it.
        risk: RiskRequest,
    },
    /// A person's word to the books.
    Books {
        /// What.
        word: Box<BooksRequest>,
    },
    /// File a financial year, or show what would be filed.
    TaxFile {
        /// Which, and how.
        request: FileRequest,
    },
    /// Look whether parcels can be picked for a sale.
    ParcelsCheck {
        /// In which book.
        book: Book,
        /// Of which coin.
        coin: String,
        /// How many coins are sold.
        quantity: String,
        /// Which parcels.
        parcels: Vec<PickedParcel>,
    },
    /// Take what the trader says for the tax rules.
    TaxChange {
        /// What of it.
        change: TaxChange,
    },
    /// Describe an algorithm.
    AlgorithmAdd {
        /// What it is made of.
        algorithm: AlgorithmRequest,
    },
    /// Describe one anew.
    AlgorithmEdit {
        /// What it is made of.
        algorithm: AlgorithmRequest,
    },
    /// Take an algorithm to paper, or live.
    AlgorithmPromote {
        /// Its name.
        name: String,
        /// The word that takes an unproven one live.
        #[serde(default)]
        word: Option<String>,
    },
    /// Set sync up, or join.
    SyncInit,
    /// Bring journal and server together now.
    SyncNow,
    /// How sync stands.
    SyncStatus,
    /// Put a label on a trade.
    Tag {
        /// The trade.
        trade: String,
        /// The label; empty takes it off.
        tag: String,
    },
    /// Note that settings were tried on prices of the past.
    TrialsNote {
        /// What was tried.
        trials: Box<Trials>,
    },
    /// Hold an algorithm.
    AlgorithmPause {
        /// Its name.
        name: String,
        /// Whether its orders are taken back.
        cancel: bool,
    },
    /// Let an algorithm go on.
    AlgorithmResume {
        /// Its name.
        name: String,
    },
    /// End an algorithm.
    AlgorithmStop {
        /// Its name.
        name: String,
        /// Whether what it holds is sold.
        close: bool,
    },
}

fn json<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::Halted(format!("an answer could not be written: {error}")))
}

impl Workstation {
    /// Does what is asked, here.
    ///
    /// # Errors
    /// Those of what is asked.
    pub async fn carry_out(&self, request: Request) -> Result<Value> {
        match request {
            Request::Kill { all } => json(&self.cancel_for_kill(all).await),
            Request::Unkill => json(&self.unkill().await?),
            Request::Liquidate { request } => json(&self.liquidate(&request).await?),
            Request::Order { order } => json(&self.order_place(&order).await?),
            Request::AmendPreview { amend } => json(&self.amend_preview(&amend).await?),
            Request::Amend { amend } => json(&self.amend(&amend).await?),
            Request::Cancel { id } => json(&self.order_cancel(&id).await?),
            Request::CancelAll => json(&self.order_cancel_all().await?),
            Request::Reconcile => json(&self.reconcile().await?),
            Request::Resolve { id, placed, venue_order, why } => {
                let word = if placed { Word::Placed(venue_order) } else { Word::NotPlaced };
                json(&self.resolve(&id, &word, &why).await?)
            }
            Request::Account => json(&self.account_view().await?),
            Request::KeyDeclare => json(&self.key_declare().await?),
            Request::Lease { held } => json(&self.lease_set(held).await?),
            Request::Approvals => json(&self.waiting().await?),
            Request::Approve { id, hash, edit } => json(&self.approve_any(&id, hash.as_deref(), &edit).await?),
            Request::Reject { id, why } => json(&self.reject_any(&id, &why).await?),
            Request::Answer { id, words } => json(&self.answer_any(&id, &words).await?),
            Request::LabStart { request } => json(&self.lab_start(&request).await?),
            Request::LabShow { id } => json(&self.lab_show(&id).await?),
            Request::LabResume { id } => json(&self.lab_resume(&id).await?),
            Request::LabCancel { id } => json(&self.lab_cancel(&id).await?),
            Request::LabRewind { id, stage, set } => json(&self.lab_rewind(&id, &stage, &set).await?),
            Request::ApprovalsSet { changes } => json(&self.approvals_set(&changes).await?),
            Request::MandateSet { mandate } => json(&self.mandate_set(&mandate).await?),
            Request::MandateRevoke { holder, book } => json(&self.mandate_revoke(&holder, book).await?),
            Request::LimitsSet { book, changes, loosen } => json(&self.limits_set(book, &changes, loosen).await?),
            Request::AlertSeen { id } => json(&self.alert_seen(id.as_deref()).await?),
            Request::AlertsSet { changes } => json(&self.alerts_set(&changes).await?),
            Request::WebhookSet { on } => json(&self.webhook_set(on).await?),
            Request::WebhookTest => json(&self.webhook_test().await?),
            Request::Risk { risk } => json(&self.risk_set(&risk).await?),
            Request::Books { word } => json(&self.books_say(&word).await?),
            Request::TaxFile { request } => json(&self.tax_file(&request).await?),
            Request::ParcelsCheck { book, coin, quantity, parcels } => {
                json(&self.parcels_check(book, &coin, &quantity, &parcels).await?)
            }
            Request::TaxChange { change } => json(&self.tax_change(&change).await?),
            Request::AlgorithmAdd { algorithm } => json(&self.algorithm_set(&algorithm, true).await?),
            Request::AlgorithmEdit { algorithm } => json(&self.algorithm_set(&algorithm, false).await?),
            Request::AlgorithmPromote { name, word } => json(&self.algorithm_promote(&name, word.as_deref()).await?),
            Request::SyncInit => json(&self.sync_init().await?),
            Request::SyncNow => json(&self.sync_now().await?),
            Request::SyncStatus => json(&self.sync_status().await?),
            Request::Tag { trade, tag } => json(&self.tag_trade(&trade, &tag).await?),
            Request::TrialsNote { trials } => json(&self.note_trials(*trials).await?),
            Request::AlgorithmPause { name, cancel } => json(&self.algorithm_pause(&name, cancel).await?),
            Request::AlgorithmResume { name } => json(&self.algorithm_resume(&name).await?),
            Request::AlgorithmStop { name, close } => json(&self.algorithm_stop(&name, close).await?),
            Request::TwapStart { twap } => json(&self.twap_start(&twap).await?),
            Request::TwapStop { id } => json(&self.twap_stop(&id).await?),
        }
    }
}

/// Does what is asked in this process, or has the process that holds the workspace do it.
///
/// # Errors
/// Those of what is asked; `workspace_in_use` when another process holds the workspace and does not listen.
pub async fn carry_out<T: DeserializeOwned>(home: &Home, request: Request) -> Result<T> {
    let value = match Workstation::open(home, Mode::Write).await {
        Ok(workstation) => {
            let done = match workstation.carry_out(request).await {
                // Nobody else would go on with a session when this process has ended.
                Ok(value) => workstation.settled(value).await,
                Err(error) => Err(error),
            };
            workstation.close().await;
            done?
        }
        Err(error) if error.code() == "workspace_in_use" => asked_of_holder(home, &request).await?.ok_or(error)?,
        Err(error) => return Err(error),
    };
    read(value)
}

/// What the process that holds the workspace answers; none when nobody does. For what only it knows as of now.
///
/// # Errors
/// Those of what is asked.
pub async fn of_holder<T: DeserializeOwned>(home: &Home, request: Request) -> Result<Option<T>> {
    asked_of_holder(home, &request).await?.map(read).transpose()
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|error| Error::refused("holder_differs", format!("another version holds the workspace: {error}")))
}

#[cfg(unix)]
async fn asked_of_holder(home: &Home, request: &Request) -> Result<Option<Value>> {
    crate::socket::ask(home, request).await
}

#[cfg(not(unix))]
async fn asked_of_holder(_: &Home, _: &Request) -> Result<Option<Value>> {
    Ok(None)
}
