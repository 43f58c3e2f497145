//! The cashed list `[C4]` and the deny list `[P4]` 7.

use std::collections::BTreeSet;
use tender_token::cashed_list::{CashedList, Page, Prefix};
use tender_token::claim::may_claim;
use tender_token::deny_list::DenyList;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::series::SeriesId;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;
use tender_token::transcript::{Label, h32, x};

const SERIES: SeriesId = SeriesId([5; 32]);

fn token(number: u16) -> TokenId {
    TokenId(h32(Label::TokenId, &[&number.to_be_bytes()]))
}

/// The least and the greatest id of a prefix.
fn ends(prefix: u16) -> [TokenId; 2] {
    [0, 255].map(|filling| {
        let mut id = [filling; 32];
        id[0] = u8::try_from(prefix >> 4).expect("12 bits");
        id[1] = u8::try_from(prefix % 16).expect("4 bits") << 4 | filling & 15;
        TokenId(id)
    })
}

fn prefix(number: u16) -> Prefix {
    Prefix::new(number).expect("12 bits")
}

#[test]
fn a_prefix_is_12_bits_and_has_two_neighbours() {
    for number in [0, 1, 15, 16, 255, 256, 4094, 4095] {
        for end in ends(number) {
            assert_eq!(Prefix::of(end).number(), number);
        }
    }
    let neighbours = |number| prefix(number).with_neighbours().map(Prefix::number);
    assert_eq!(neighbours(0), [4095, 0, 1]);
    assert_eq!(neighbours(7), [6, 7, 8]);
    assert_eq!(neighbours(4095), [4094, 4095, 0]);
    assert_eq!((Prefix::new(4096), Prefix::new(u16::MAX)), (None, None));
}

#[test]
fn the_files_hold_every_cashed_token_and_no_other() {
    let edges = [0, 1, 2048, 4095].into_iter().flat_map(ends);
    let cashed: Vec<_> = (0..500).map(token).chain(edges).collect();
    let list = CashedList::new(SERIES, cashed.iter().copied().chain(cashed.iter().copied().rev()));
    let pages: Vec<_> = (0..4096)
        .map(|number| {
            let page = list.page(prefix(number));
            let read = Page::from_bytes(prefix(number), &page.to_bytes());
            assert_eq!(read.as_ref(), Ok(&page));
            page
        })
        .collect();
    let size: usize = pages.iter().map(|page| page.to_bytes().len()).sum();
    assert_eq!(size, 32 * cashed.len());
    let lists = |token| pages[usize::from(Prefix::of(token).number())].lists(token);
    assert!(cashed.iter().all(|token| lists(*token) == Some(true)));
    assert!((500..1000).map(token).all(|token| lists(token) == Some(false)));
    let [elsewhere, _] = ends(7);
    assert_eq!(pages[6].lists(elsewhere), None);

    assert_eq!(CashedList::from_pages(SERIES, &pages).as_ref(), Ok(&list));
    let short = CashedList::from_pages(SERIES, &pages[1..]);
    assert_eq!(short, Err(Error::Encoding));
}

#[test]
fn the_commitment_is_over_the_sorted_ids() {
    let mut ids: Vec<_> = (0..40).map(token).collect();
    let list = CashedList::new(SERIES, ids.iter().copied());
    ids.sort();
    let body: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
    assert_eq!(list.commitment(), x(Label::CashedList, &[&SERIES.0, &body]));
    let empty = CashedList::new(SERIES, []);
    assert_eq!(empty.commitment(), x(Label::CashedList, &[&SERIES.0]));
    let one_less = CashedList::new(SERIES, ids.iter().copied().skip(1));
    assert_ne!(one_less.commitment(), list.commitment());
}

#[test]
fn a_file_out_of_order_or_of_another_prefix_is_no_encoding() {
    let [least, greatest] = ends(7);
    let read = |ids: &[TokenId]| {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
        Page::from_bytes(prefix(7), &bytes).err()
    };
    assert_eq!(read(&[]), None);
    assert_eq!(read(&[least, greatest]), None);
    assert_eq!(read(&[greatest, least]), Some(Error::Encoding));
    assert_eq!(read(&[least, least]), Some(Error::Encoding));
    assert_eq!(read(&[ends(6)[1]]), Some(Error::Encoding));
    assert_eq!(read(&[least, ends(8)[0]]), Some(Error::Encoding));
    let short = Page::from_bytes(prefix(7), &least.0[..31]);
    assert_eq!(short.err(), Some(Error::Encoding));
}

#[test]
fn a_wallet_claims_what_is_neither_cashed_nor_receipted_and_asks_for_neighbours_too() {
    let list = CashedList::new(SERIES, (0..500).map(token));
    let fetch = |id: TokenId| Prefix::of(id).with_neighbours().map(|prefix| list.page(prefix));
    let none = BTreeSet::new();
    for number in 0..1000 {
        let id = token(number);
        let pages = fetch(id);
        assert_eq!(may_claim(id, &pages, &none), number >= 500, "{number}");
        assert!(!may_claim(id, &pages, &BTreeSet::from([id])), "it was paid on");
        for missing in 0..3 {
            let mut pages = pages.to_vec();
            pages.remove(missing);
            assert!(!may_claim(id, &pages, &none));
        }
        let elsewhere = fetch(ends((Prefix::of(id).number() + 2048) % 4096)[0]);
        assert!(!may_claim(id, &elsewhere, &none));
    }
}

#[test]
fn a_deny_list_is_canonical() {
    let mut list = DenyList::default();
    list.deny_slot(SlotId([2; 32]));
    list.deny_token(TokenId([1; 32]));
    list.deny_token(TokenId([1; 32]));
    let bytes = list.to_bytes();
    assert_eq!(bytes, [&[0, 0, 0, 2], &[1; 32][..], &[2; 32]].concat());
    assert_eq!(DenyList::from_bytes(&bytes).as_ref(), Ok(&list));
    assert!(list.ids().contains(&[1; 32]) && list.ids().contains(&[2; 32]));
    assert_eq!(DenyList::from_bytes(&DenyList::default().to_bytes()), Ok(DenyList::default()));

    for bad in [
        [&[0, 0, 0, 2], &[2; 32][..], &[1; 32]].concat(),
        [&[0, 0, 0, 2], &[1; 32][..], &[1; 32]].concat(),
        [&[0, 0, 0, 1], &bytes[4..]].concat(),
        [&[0, 0, 0, 3], &bytes[4..]].concat(),
        vec![255; 4],
    ] {
        assert_eq!(DenyList::from_bytes(&bad), Err(Error::Encoding));
    }
}
