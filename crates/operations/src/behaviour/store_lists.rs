//! What every store does with lists, what is due, and what is forgotten.

use super::{NOON, SAMPLE_KIND, body, change, first, noon, place, sample, store::Stores};
use crate::ports::store::{Commit, Item, ItemKind, Page, Search, Store};
use poa_protocol::{ids::PartyId, limits, timestamp::Timestamp};
use serde_json::json;

/// One test per case of lists. The expression makes [`Stores`].
#[macro_export]
macro_rules! store_lists_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, store_lists:
            a_list_is_ordered_by_id_and_paged
            the_largest_page_is_given_whole
            a_list_holds_to_every_condition
            a_list_follows_what_an_item_is_found_by
            a_list_of_one_partition_is_paged_too
            a_position_in_a_list_is_the_id_before_it
            what_is_due_comes_the_earliest_first
            what_is_no_longer_due_is_not_given
            only_what_may_be_forgotten_is_forgotten
        }
    };
}

fn search() -> Search {
    Search {
        kind: SAMPLE_KIND,
        partition: None,
        owner: None,
        tags: Vec::new(),
        text: None,
        after: None,
        limit: 10,
    }
}

fn ids(page: &Page) -> Vec<&str> {
    page.items.iter().map(|item| item.id.as_str()).collect()
}

/// Walks a list to its end.
async fn walk(store: &dyn Store, mut search: Search) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let page = store.list(&search).await.unwrap();
        assert!(page.items.len() <= search.limit);
        found.extend(page.items.into_iter().map(|item| item.id));
        let Some(next) = page.next else { return found };
        search.after = Some(next);
    }
}

fn party(number: u8) -> PartyId {
    PartyId::of_lei(&format!("party {number}"))
}

pub async fn a_list_is_ordered_by_id_and_paged(stores: &Stores) {
    let names = ["d", "a", "f", "b", "e", "c", "g"];
    for name in names {
        stores.one.commit(first(&place(name), vec![sample(name, json!(name))])).await.unwrap();
    }
    let other = Item::plain("b2", ItemKind("other"), json!(0));
    stores.one.claim(&place("other"), other).await.unwrap();
    let mut sorted = names;
    sorted.sort_unstable();
    for limit in 1..=8 {
        let found = walk(&*stores.one, Search { limit, ..search() }).await;
        assert_eq!(found, sorted, "pages of {limit}");
    }
    let page = stores.one.list(&Search { limit: 7, ..search() }).await.unwrap();
    assert_eq!(page.next, None, "a last page that is full is the last all the same");
}

pub async fn the_largest_page_is_given_whole(stores: &Stores) {
    let count = limits::PAGE_MAX.checked_add(1).unwrap();
    let names: Vec<String> = (0..count).map(|number| format!("{number:04}")).collect();
    for (chunk, names) in names.chunks(90).enumerate() {
        let items = names.iter().map(|name| sample(name, json!(0))).collect();
        stores.one.commit(first(&place(&format!("chunk {chunk}")), items)).await.unwrap();
    }
    let limit = limits::PAGE_MAX;
    let page = stores.one.list(&Search { limit, ..search() }).await.unwrap();
    assert_eq!(page.items.len(), limit);
    let after = page.next;
    assert!(after.is_some());
    let page = stores.one.list(&Search { after, limit, ..search() }).await.unwrap();
    assert_eq!((ids(&page), page.next.clone()), (vec!["0200"], None));
}

pub async fn a_list_holds_to_every_condition(stores: &Stores) {
    let item = |id: &str, owner: u8, tags: &[&str], text: &str| {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let (owner, text) = (Some(party(owner)), Some(text.to_owned()));
        Item { owner, tags, text, ..sample(id, json!(id)) }
    };
    let left = vec![
        item("a", 1, &["state:new", "side:originator"], "green bond"),
        item("b", 1, &["state:new"], "zürich house"),
        item("c", 2, &["state:done", "side:originator"], "green 100% _house_"),
    ];
    let right = vec![item("d", 2, &["state:new", "side:originator"], ""), sample("e", json!(1))];
    stores.one.commit(first(&place("left"), left)).await.unwrap();
    stores.one.commit(first(&place("right"), right)).await.unwrap();
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    let text = |text: &str| Some(text.to_owned());
    let at = |name| Some(place(name));
    let expected: [(Search, &[&str]); 13] = [
        (search(), &["a", "b", "c", "d", "e"]),
        (Search { owner: Some(party(1)), ..search() }, &["a", "b"]),
        (Search { owner: Some(party(3)), ..search() }, &[]),
        (Search { tags: tags(&["state:new"]), ..search() }, &["a", "b", "d"]),
        (Search { tags: tags(&["side:originator", "state:new"]), ..search() }, &["a", "d"]),
        (Search { tags: tags(&["state"]), ..search() }, &[]),
        (Search { text: text("GREEN"), ..search() }, &["a", "c"]),
        (Search { text: text("Zürich"), ..search() }, &["b"]),
        (Search { text: text("0% _h"), ..search() }, &["c"]),
        (Search { partition: at("left"), ..search() }, &["a", "b", "c"]),
        (Search { partition: at("left"), tags: tags(&["state:new"]), ..search() }, &["a", "b"]),
        (
            Search { owner: Some(party(2)), tags: tags(&["side:originator"]), ..search() },
            &["c", "d"],
        ),
        (
            Search {
                partition: at("left"),
                owner: Some(party(2)),
                tags: tags(&["state:done", "side:originator"]),
                text: text("house"),
                ..search()
            },
            &["c"],
        ),
    ];
    for (search, expected) in expected {
        assert_eq!(walk(&*stores.one, Search { limit: 1, ..search.clone() }).await, expected);
        assert_eq!(ids(&stores.one.list(&search).await.unwrap()), expected, "{search:?}");
    }
}

pub async fn a_list_follows_what_an_item_is_found_by(stores: &Stores) {
    let at = place("follows");
    let item = |owner: u8, tag: &str| Item {
        owner: Some(party(owner)),
        tags: vec![tag.to_owned(), tag.to_owned()],
        text: Some(tag.to_owned()),
        ..sample("a", json!(tag))
    };
    let tag = stores.one.commit(first(&at, vec![item(1, "state:new")])).await.unwrap();
    let items = vec![item(2, "state:done")];
    stores.one.commit(Commit { items, ..change(&at, Some(tag), 2) }).await.unwrap();
    let gone = [
        Search { owner: Some(party(1)), ..search() },
        Search { tags: vec!["state:new".to_owned()], ..search() },
        Search { text: Some("new".to_owned()), ..search() },
    ];
    for search in gone {
        assert_eq!(ids(&stores.one.list(&search).await.unwrap()), [""; 0], "{search:?}");
    }
    let there = [
        Search { owner: Some(party(2)), ..search() },
        Search { tags: vec!["state:done".to_owned()], ..search() },
        Search { text: Some("done".to_owned()), ..search() },
    ];
    for search in there {
        assert_eq!(ids(&stores.other.list(&search).await.unwrap()), ["a"], "{search:?}");
    }
}

pub async fn a_list_of_one_partition_is_paged_too(stores: &Stores) {
    for name in ["left", "right"] {
        let items = ["c", "a", "b"].map(|id| sample(id, json!(name)));
        stores.one.commit(first(&place(name), items.to_vec())).await.unwrap();
    }
    let partition = Some(place("right"));
    for limit in 1..=4 {
        let search = Search { partition: partition.clone(), limit, ..search() };
        assert_eq!(walk(&*stores.one, search).await, ["a", "b", "c"]);
    }
    let page = stores.one.list(&Search { partition, ..search() }).await.unwrap();
    assert!(page.items.iter().all(|item| item.body == json!("right")));
}

pub async fn a_position_in_a_list_is_the_id_before_it(stores: &Stores) {
    let items = ["a", "c", "e"].map(|id| sample(id, json!(0)));
    stores.one.commit(first(&place("ids"), items.to_vec())).await.unwrap();
    let page = stores.one.list(&Search { limit: 2, ..search() }).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("c"));
    // Also of an item that has gone, or that never was.
    for (after, expected) in [
        ("", vec!["a", "c", "e"]),
        ("b", vec!["c", "e"]),
        ("e", vec![]),
        ("'; --", vec!["a", "c", "e"]),
    ] {
        let page = stores.one.list(&Search { after: Some(after.to_owned()), ..search() }).await;
        assert_eq!(ids(&page.unwrap()), expected, "after `{after}`");
    }
}

fn due_at(id: &str, millis: i64) -> Item {
    Item { due: Some(Timestamp::from_millis(millis)), ..sample(id, json!(id)) }
}

pub async fn what_is_due_comes_the_earliest_first(stores: &Stores) {
    let items = vec![
        due_at("third", NOON),
        due_at("first", NOON.checked_sub(2_000).unwrap()),
        due_at("second", NOON.checked_sub(1_000).unwrap()),
        due_at("tomorrow", NOON.checked_add(1).unwrap()),
        sample("never", json!(0)),
        Item { kind: ItemKind("other"), ..due_at("other", 0) },
    ];
    stores.one.commit(first(&place("due"), items)).await.unwrap();
    for (limit, expected) in [(10, 3), (3, 3), (2, 2), (1, 1)] {
        let due = stores.one.due(SAMPLE_KIND, noon(), limit).await.unwrap();
        let due: Vec<&str> = due.iter().map(|item| item.id.as_str()).collect();
        let all = ["first", "second", "third"];
        assert_eq!(due.as_slice(), all.get(..expected).unwrap(), "at most {limit}");
    }
}

pub async fn what_is_no_longer_due_is_not_given(stores: &Stores) {
    let at = place("settled");
    let tag = stores.one.commit(first(&at, vec![due_at("a", NOON)])).await.unwrap();
    let items = vec![sample("a", json!("settled"))];
    stores.one.commit(Commit { items, ..change(&at, Some(tag), 2) }).await.unwrap();
    assert!(stores.one.due(SAMPLE_KIND, noon(), 10).await.unwrap().is_empty());
}

pub async fn only_what_may_be_forgotten_is_forgotten(stores: &Stores) {
    let at = place("forget");
    let until = |id: &str, millis: i64| Item {
        forget_after: Some(Timestamp::from_millis(millis)),
        ..sample(id, json!(id))
    };
    let items = vec![
        until("over", NOON.checked_sub(1).unwrap()),
        until("now", NOON),
        until("later", NOON.checked_add(1).unwrap()),
        sample("never", json!("never")),
    ];
    stores.one.commit(first(&at, items)).await.unwrap();
    let forgotten = stores.one.forget(noon()).await.unwrap();
    // A store that forgets by itself says 0, and does it in its own time.
    assert!(forgotten <= 1, "{forgotten}");
    if forgotten == 1 {
        assert_eq!(body(&*stores.one, &at, "over").await, None);
        assert_eq!(ids(&stores.one.list(&search()).await.unwrap()), ["later", "never", "now"]);
    }
    for id in ["now", "later", "never"] {
        assert_eq!(body(&*stores.one, &at, id).await, Some(json!(id)));
    }
}
