//! The issuer's own store.

use crate::spent::Spent;
use crate::stage::{DECIMALS, Stage, TODAY};
use crate::tokens::asking;
use std::path::Path;
use tender_issuer::rows::{
    AnswerList, Bytes, Count, Found, ListedKey, Position, Presentation, Shown, Total,
};
use tender_issuer::store::{self, ANNEX, Directory, NAME, Store};
use tender_issuer::view::View;
use tender_token::identity::RegistrarId;
use tender_token::series::SeriesId;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;

/// The files that are counted.
pub const FILES: [&str; 2] = [NAME, ANNEX];

/// A store that is filled.
pub struct Pointed {
    store: Store,
    pub spent: Spent,
}

impl Pointed {
    /// The store in a folder, which is made if there is none.
    pub fn open(folder: &Path, stage: &Stage) -> Self {
        let directory = Directory::new(folder);
        let store = if folder.join(NAME).exists() {
            Store::open(&directory)
        } else {
            store::create(&directory, &stage.office.trust, DECIMALS, TODAY)
        };
        let store = store.expect("the disk is sound");
        let spent = Spent::beside(tokens(&store));
        Self { store, spent }
    }

    /// The store that was filled before at such a cost.
    pub fn again(folder: &Path, spent: Spent) -> Self {
        let store = Store::open(&Directory::new(folder)).expect("the disk is sound");
        Self { store, spent }
    }

    /// Cashes more tokens of this item, until there are so many.
    pub fn fill(&mut self, item: &[u8], count: u64) {
        let Self { store, spent } = self;
        spent.fill(count, |tokens| {
            let mut view = asking(tokens);
            view.totals.want(Total::Presentations);
            store.load(&mut view).expect("the disk is sound");
            for token in tokens {
                let number = Count(token.number);
                let shown = Shown::Item(Bytes(item.to_vec()));
                let row = Presentation::new(RegistrarId([1; 32]), shown);
                view.presentations.append(number, row);
                view.cashed.insert(TokenId(token.id), number);
                let series = SeriesId([1; 32]);
                view.listed.mark(ListedKey { series, token: TokenId(token.id) });
                for (position, slot) in (0_u8..).zip(&token.slots) {
                    let mut answers = AnswerList::default();
                    answers.push(Found { presentation: number, position: Position(position) });
                    view.answers.insert(SlotId(*slot), answers);
                }
                view.totals.insert(Total::Presentations, number);
            }
            store.commit(view).expect("the disk is sound");
        });
    }

    /// Closes the store; says what filling it cost.
    pub fn close(self) -> Spent {
        self.spent
    }
}

/// How many tokens are in a store.
pub fn tokens(store: &Store) -> u64 {
    let mut view = View::default();
    view.totals.want(Total::Presentations);
    store.load(&mut view).expect("the disk is sound");
    view.totals.get(&Total::Presentations).map_or(0, |count| count.0)
}
