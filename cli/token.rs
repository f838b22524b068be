//! `poa token`: a development token from the key in the data folder.

use crate::{
    development::{self, Holder, Place},
    ending::{Ending, Stop},
    print,
};
use poa_protocol::{caller::Person, role::Role};
use serde_json::json;

/// For whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// A role, as often as there are roles.
    #[arg(long, required = true, value_parser = role)]
    role: Vec<Role>,
    /// Tenant: a GUID or any word; the operator's where it is not given.
    #[arg(long)]
    tenant: Option<String>,
    /// Person or program: a GUID or any word.
    #[arg(long, default_value = "developer")]
    object: String,
    /// For a program and not for a person.
    #[arg(long)]
    app: bool,
    /// How long it lasts.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(i64).range(1..=1440))]
    minutes: i64,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| {
        let all: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("roles are {}", all.join(", "))
    })
}

/// Prints it.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    if let Some(role) = arguments.role.iter().find(|role| role.is_for_programs() != arguments.app) {
        let (role, app) = (role.as_str(), arguments.app);
        let words = if app { "people, leave out" } else { "programs, add" };
        return Err(Stop::usage(format!("`{role}` is a role for {words} --app")));
    }
    let tenant =
        arguments.tenant.as_deref().map_or_else(development::operator_tenant, development::guid);
    let holder = Holder {
        person: Person { tenant, object: development::guid(&arguments.object) },
        name: arguments.object.clone(),
        roles: arguments.role.clone(),
        program: arguments.app,
    };
    let Place { data, .. } = &arguments.place;
    if !data.is_dir() {
        return Err(Stop::missing(data.display(), "no such folder; `poa start` makes it"));
    }
    let issuer = arguments.place.issuer()?;
    let person = holder.person.clone();
    let lifetime = arguments.minutes.saturating_mul(60);
    let token = development::mint(&issuer, &arguments.place, holder, lifetime)?;
    if json {
        let roles: Vec<&str> = arguments.role.iter().map(|role| role.as_str()).collect();
        print::object(&json!({
            "token": token.text,
            "expires_at": token.ends,
            "tenant": person.tenant,
            "object": person.object,
            "roles": roles,
            "program": arguments.app,
        }));
    } else {
        print::line(token.text);
    }
    Ok(Ending::Done)
}
