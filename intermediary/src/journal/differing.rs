//! Tells the operator that books and statement differ, as they do after older books were restored.

/// How many differences were told last.
#[derive(Debug, Default)]
pub struct Differing(u64);

impl Differing {
    /// Says it when the books have another number of differences after a round. `None` if they
    /// could not be read; the next round tells then.
    pub fn saw(&mut self, count: Option<u64>) {
        let Some(count) = count else { return };
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
