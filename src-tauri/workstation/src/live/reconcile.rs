//! Looking again and again, and a person's word where evidence stays out.

use crate::dto::{OrderView, Orders};
use crate::{Error, Result, Workstation};
use domain::{Book, Denial, Fact, OrderId, OrderState};
use floor::REFUSED;
use omc_http::Lane;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How often is looked while a live order is not over, while rows may come late, and else.
const BUSY: Duration = Duration::from_secs(2);
const LATE: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(60);
/// A venue that fails is asked at least this often.
const FAILING_MAX: Duration = Duration::from_secs(60);
/// What a pass waits for a refusal to be confirmed: so many more looks, so far apart.
const REFUSAL_LOOKS: u32 = 3;
const REFUSAL_PAUSE: Duration = Duration::from_millis(1_800);
/// The longest reason a person may give.
const WHY_CHARS_MAX: usize = 500;

/// A person's word on an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// It is at the venue: which thing there, when there are several.
    Placed(Option<String>),
    /// It never came to be.
    NotPlaced,
}

impl Workstation {
    /// Looks at the account for as long as the workstation runs. A venue that fails changes nothing but how soon it is asked
    /// again: what is unknown stays unknown, for hours.
    pub(crate) async fn watch_live(&self) {
        let mut failures: u32 = 0;
        loop {
            let looked = self.reconcile_once().await;
            match &looked {
                Err(error) if error.code() != "key_missing" => {
                    failures = failures.saturating_add(1);
                    tracing::warn!(code = error.code(), "the account could not be read: {error}");
                }
                _ => failures = 0,
            }
            let pause = self.pause().await.saturating_mul(1 << failures.min(6));
            let pause = if failures == 0 { pause } else { pause.min(FAILING_MAX) };
            let _ = timeout(pause, self.inner.live.poked.notified()).await;
            // Whoever pokes has just looked: what it did shows a moment later.
            sleep(Duration::from_millis(300)).await;
        }
    }

    async fn pause(&self) -> Duration {
        let Ok(desk) = self.desk().await else { return IDLE };
        let live = |order: &floor::Order| order.proposal().book == Book::Live && order.intent().is_some();
        if desk.orders.open().any(live) {
            BUSY
        } else if desk.live.watch.is_needed() {
            LATE
        } else {
            IDLE
        }
    }

    /// One look, and what it means; what was asked back and still rests is asked back again.
    async fn reconcile_once(&self) -> Result<()> {
        self.note_lost().await?;
        self.look(Lane::Background).await?;
        if let Err(error) = self.tell_foreign().await {
            tracing::warn!(code = error.code(), "what is not ours could not be told: {error}");
        }
        self.ask_again().await
    }

    /// An order that is on its way by the journal and in no task's hands: its answer could not be written down.
    async fn note_lost(&self) -> Result<()> {
        let mut desk = self.desk().await?;
        let lost = |order: &&floor::Order| {
            order.state() == OrderState::Sending
                && order.proposal().book == Book::Live
                && desk.live.on_its_way != Some(order.id())
        };
        let words = "what the exchange answered could not be written down";
        let fact =
            |order: &floor::Order| Fact::OrderUnknown { order: order.id(), why: Denial::new("unrecorded", words) };
        let facts = desk.orders.open().filter(lost).map(fact).collect();
        self.record(&mut desk, facts).await
    }

    /// One pass over all unknown and open live orders: each as it stands afterwards.
    ///
    /// # Errors
    /// `key_missing`, what the venue or the store say.
    pub async fn reconcile(&self) -> Result<Orders> {
        self.require_writer()?;
        let ids: Vec<OrderId> = {
            let desk = self.desk().await?;
            let live = |order: &&floor::Order| order.proposal().book == Book::Live && order.intent().is_some();
            desk.orders.open().filter(live).map(floor::Order::id).collect()
        };
        if !ids.is_empty() || self.account().await?.is_some() {
            self.reconcile_once().await?;
        }
        for _ in 0..REFUSAL_LOOKS {
            if !self.waits_for_refusal(&ids).await? {
                break;
            }
            sleep(REFUSAL_PAUSE).await;
            self.look(Lane::Trading).await?;
        }
        let desk = self.desk().await?;
        Ok(Orders { orders: ids.iter().map(|id| self.view(&desk, *id)).collect::<Result<_>>()?, earlier: None })
    }

    async fn waits_for_refusal(&self, ids: &[OrderId]) -> Result<bool> {
        let desk = self.desk().await?;
        let mut unknown = ids.iter().filter_map(|id| desk.orders.get(*id));
        Ok(unknown
            .any(|order| order.state() == OrderState::Unknown && order.reason().is_some_and(|why| why.code == REFUSED)))
    }

    /// A person's word on an order nobody knows the fate of, after one more look.
    ///
    /// # Errors
    /// `order_not_found`, `why_missing`, those of [`floor::ResolveError`], what the venue or the store say.
    pub async fn resolve(&self, id: &str, word: &Word, why: &str) -> Result<OrderView> {
        let id = OrderId::parse(id).map_err(|error| Error::usage("bad_order_id", error.to_string()))?;
        self.require_writer()?;
        let why: String = why.trim().chars().filter(|c| !c.is_control()).take(WHY_CHARS_MAX).collect();
        if why.is_empty() {
            return Err(Error::usage("why_missing", "say why (--why): it is kept with the order"));
        }
        let here = self.desk().await?.orders.get(id).is_some();
        if !here {
            return Err(self.not_at_hand(id, "there is nothing to decide").await);
        }
        self.look(Lane::Trading).await?;
        let mut desk = self.desk().await?;
        let order = desk.orders.get(id).ok_or_else(|| Error::Halted(format!("order {id} was not recorded")))?;
        let watch = &desk.live.watch;
        let facts = match word {
            Word::Placed(venue) => watch.adopt_by_person(order, venue.as_deref(), &why),
            Word::NotPlaced => watch.close_by_person(order, &why),
        };
        let facts = facts.map_err(|error| Error::refused(error.code(), error.to_string()))?;
        self.record(&mut desk, facts).await?;
        self.view(&desk, id)
    }
}
