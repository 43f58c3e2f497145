//! The other layout: items and endorsements between what is looked up, in a bare database.

use crate::spent::Spent;
use crate::tokens::Token;
use redb::{Database, Durability, TableDefinition, TableHandle, WriteTransaction};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tender_issuer::store::{Cache, NAME};

type Rows = TableDefinition<'static, &'static [u8], &'static [u8]>;
const CASHED: Rows = TableDefinition::new("cashed");
const ANSWERS: Rows = TableDefinition::new("answers");

/// Bytes of a row's seal.
const SEAL: usize = 8;
/// Bytes of an endorsement as evidence, with the count of its list.
const EVIDENCE: usize = 248;
/// Bytes of a cashed token's row besides its item: who, denomination, state, instruction, length.
const CASHED_HEAD: usize = 133;

/// A bare database.
pub struct Whole {
    pub folder: TempDir,
    database: Database,
    pub spent: Spent,
}

impl Whole {
    pub fn new() -> Self {
        let folder = TempDir::new().expect("the system has room for a folder");
        let mut builder = Database::builder();
        builder.set_cache_size(Cache::DEFAULT.bytes());
        let database = builder.create(folder.path().join(NAME)).expect("the disk is sound");
        Self { folder, database, spent: Spent::default() }
    }

    pub fn fill(&mut self, item: &[u8], count: u64) {
        let Self { database, spent, .. } = self;
        spent.fill(count, |tokens| {
            let mut write = database.begin_write().expect("the disk is sound");
            write.set_durability(Durability::Immediate).expect("it is known");
            write.set_two_phase_commit(true);
            write.set_quick_repair(true);
            cash(&write, tokens, item);
            write.commit().expect("the disk is sound");
        });
    }
}

fn cash(write: &WriteTransaction, tokens: &[Token], item: &[u8]) {
    let mut tokens: Vec<_> = tokens.iter().collect();
    tokens.sort_by_key(|token| token.id);
    let mut cashed = write.open_table(CASHED).expect("the disk is sound");
    let mut answers = write.open_table(ANSWERS).expect("the disk is sound");
    for token in tokens {
        let row = sealed(CASHED, &token.id, &[&[1; CASHED_HEAD], item]);
        cashed.insert(&token.id[..], &row[..]).expect("the disk is sound");
        for slot in &token.slots {
            let row = sealed(ANSWERS, slot, &[&[2; EVIDENCE]]);
            answers.insert(&slot[..], &row[..]).expect("the disk is sound");
        }
    }
}

/// A row with the seal that the store puts behind each.
fn sealed(table: Rows, key: &[u8], row: &[&[u8]]) -> Vec<u8> {
    let mut row = row.concat();
    let seal = Sha256::new().chain_update(table.name()).chain_update(key).chain_update(&row);
    row.extend_from_slice(&seal.finalize()[..SEAL]);
    row
}
