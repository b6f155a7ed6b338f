//! GitHub's two ways of paging: by page number and by cursor, both announced in the `Link` header.
//!
//! Never knows what the items are.
//! <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>

use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue};

const DEFAULT_PER_PAGE: usize = 30;
const MAX_PER_PAGE: usize = 100;

/// A numbered page, as the query asks for it.
#[derive(Debug)]
pub(super) struct PageQuery {
    per_page: Option<usize>,
    page: Option<usize>,
}

impl PageQuery {
    /// From the parameters `per_page` and `page`.
    pub(super) fn new(per_page: Option<usize>, page: Option<usize>) -> Self {
        Self { per_page, page }
    }

    /// The items of this page, and the links to its neighbours. `url` is the list's address, with
    /// its other parameters.
    pub(super) fn cut<'a, T>(&self, items: &'a [T], url: &str) -> (&'a [T], HeaderMap) {
        let per_page = per_page(self.per_page);
        let page = self.page.unwrap_or(1).max(1);
        let last = items.len().div_ceil(per_page).max(1);
        let start = (page - 1).saturating_mul(per_page).min(items.len());
        let end = start.saturating_add(per_page).min(items.len());
        let mut links = Vec::new();
        let mut link = |page: usize, relation: &str| {
            let separator = if url.contains('?') { '&' } else { '?' };
            links.push(format!("<{url}{separator}per_page={per_page}&page={page}>; rel=\"{relation}\""));
        };
        if page > 1 {
            link((page - 1).min(last), "prev");
        }
        if page < last {
            link(page + 1, "next");
            link(last, "last");
        }
        if page > 1 {
            link(1, "first");
        }
        (&items[start..end], link_header(&links.join(", ")))
    }
}

/// How many items a page has, within GitHub's bounds.
pub(super) fn per_page(asked: Option<usize>) -> usize {
    asked.unwrap_or(DEFAULT_PER_PAGE).clamp(1, MAX_PER_PAGE)
}

/// The `Link` header; none for an empty text.
pub(super) fn link_header(links: &str) -> HeaderMap {
    let value = HeaderValue::try_from(links).ok().filter(|value| !value.is_empty());
    value.map(|value| (LINK, value)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_middle_page_links_to_all_its_neighbours() {
        let query = PageQuery { per_page: Some(2), page: Some(2) };
        let (items, headers) = query.cut(&[1, 2, 3, 4, 5], "http://h/l");
        assert_eq!(items, [3, 4]);
        assert_eq!(
            headers[LINK],
            "<http://h/l?per_page=2&page=1>; rel=\"prev\", <http://h/l?per_page=2&page=3>; rel=\"next\", \
             <http://h/l?per_page=2&page=3>; rel=\"last\", <http://h/l?per_page=2&page=1>; rel=\"first\""
        );
    }

    #[test]
    fn a_page_beyond_the_end_is_empty() {
        let query = PageQuery { per_page: None, page: Some(9) };
        assert!(query.cut(&[1], "http://h/l").0.is_empty());
    }
}
