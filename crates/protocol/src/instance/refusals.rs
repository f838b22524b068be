//! Why something about an instance is refused.

use crate::timestamp::Timestamp;

crate::refusals! {
    /// Why something about an instance is refused.
    InstanceRefusal {
        /// The checker found errors in the overlay. `details.diagnostics` lists them with line,
        /// column and help.
        OverlayRefused { count: usize } = "instance.overlay-refused", Unprocessable, lasting,
            "the checker found {count} error(s) in the overlay",
            "`details.diagnostics` names line, column and what could be done";
        /// An example in the overlay does not come out as it expects. `details.examples` lists all
        /// of them with their differences.
        ExamplesFailed { count: usize } = "instance.examples-failed", Unprocessable, lasting,
            "{count} example(s) of the overlay do not come out as expected",
            "`details.examples` names each difference; retire this instance and make a better one";
        /// The product has as many instances as it may have.
        TooMany { limit: usize } = "instance.too-many", Conflict, lasting,
            "a product has at most {limit} instances", "make a new product";
        /// The instance does not go from its present state to the wanted one.
        NoMove { from: &'static str, to: &'static str } = "instance.no-move", Conflict, lasting,
            "a {from} instance cannot become {to}",
            "draft → approved → active ⇄ suspended → superseded → retired";
        /// The same person never makes and approves.
        SamePerson { instance: String } = "instance.same-person", Forbidden, lasting,
            "you made instance `{instance}`, so you cannot approve it",
            "ask another product owner of your party";
        /// The instance to supersede is not one of this product.
        SupersedesOther { instance: String } = "instance.supersedes-other",
            Unprocessable, lasting,
            "instance `{instance}` is not one of this product",
            "an instance takes the place of one of the same product";
        /// The instance to supersede has never been active.
        NothingToSupersede { instance: String, state: &'static str }
            = "instance.nothing-to-supersede", Conflict, lasting,
            "instance `{instance}` is {state}, so nothing can take its place",
            "an instance takes the place of an active or suspended one";
        /// Another instance has taken that place already.
        AlreadySuperseded { instance: String, by: String } = "instance.already-superseded",
            Conflict, lasting,
            "the place of instance `{instance}` was taken by `{by}`",
            "make an instance that supersedes that one";
        /// The program would change more about live smart assets than the bound allows that the
        /// instance was made with, or that the release asks for (`impact_bound`).
        ImpactExceeded { what: String } = "instance.impact-exceeded", Conflict, lasting,
            "{what}, more than the bound allows",
            "`POST /api/instances/{{id}}/impact` names each asset; make a better program or a wider bound";
        /// The instance is not active, so it takes no requests.
        NotActive { instance: String, state: &'static str } = "instance.not-active",
            Conflict, lasting,
            "instance `{instance}` is {state}", "/api/switcher names the instances that take it";
        /// The instance takes requests only later.
        NotYet { instance: String, from: Timestamp } = "instance.not-yet", Conflict, lasting,
            "instance `{instance}` takes requests from {from}",
            "wait, or ask /api/switcher for another one";
        /// The time of the instance is over.
        Over { instance: String, until: Timestamp } = "instance.over", Conflict, lasting,
            "instance `{instance}` took requests until {until}",
            "/api/switcher names the instances that take it";
        /// The instance does not take requests of this side.
        OtherSide { instance: String, side: &'static str } = "instance.other-side",
            Unprocessable, lasting,
            "instance `{instance}` does not take the side `{side}`",
            "the view of the instance lists its sides";
    }
}
