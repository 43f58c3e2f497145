//! Tells the operator that books and statement differ, as they do after older books were restored.

use super::Journal;
use crate::rows::Differences;

/// How many differences were told last.
#[derive(Debug, Default)]
pub struct Differing(u64);

impl Differing {
    /// Looks at the books after a round, and says it when the number of differences is another.
    /// What cannot be read now is read after the next round.
    pub async fn look(&mut self, journal: &Journal) {
        let count = journal.at_the_counter(|teller| {
            let mut count = 0_u64;
            teller.store().scan::<Differences>(|_, _| count = count.saturating_add(1))?;
            Ok::<_, crate::books::Failed>(count)
        });
        let Ok(count) = count.await else { return };
        let told = std::mem::replace(&mut self.0, count);
        if count > 0 && count != told {
            tracing::warn!(
                differences = count,
                "books and the issuer's statement differ: the books miss something, as after older \
                 ones were restored; no money is moved to make them equal. `reconcile` names each \
                 difference and says what to do"
            );
        } else if count == 0 && told > 0 {
            tracing::warn!("books and the issuer's statement agree again");
        }
    }
}
