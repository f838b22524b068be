//! Formula files: each instance finds its product among the files that were named.

use crate::{ending::Stop, print};
use poa_formula::{Diagnostic, Program, compile_instance, compile_product, compile_regime};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Which files.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Files {
    /// Products, instances of them, and regimes.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// An instance that is laid over its product.
    #[arg(long, value_name = "FILE")]
    overlay: Vec<PathBuf>,
}

/// One file as it was read.
#[derive(Debug)]
struct Source {
    path: String,
    text: String,
}

/// One program to make: a product, or an instance over its product.
#[derive(Debug)]
pub(crate) struct Unit<'a> {
    product: &'a Source,
    instance: Option<&'a Source>,
}

/// The files, read.
#[derive(Debug)]
pub(crate) struct Sources {
    products: Vec<Source>,
    instances: Vec<Source>,
}

impl Files {
    /// Reads them.
    pub(crate) fn read(&self) -> Result<Sources, Stop> {
        let mut sources = Sources { products: Vec::new(), instances: Vec::new() };
        for path in self.files.iter().chain(&self.overlay) {
            let source = Source { path: path.display().to_string(), text: text(path)? };
            if source.words().first() == Some(&"instance") {
                sources.instances.push(source);
            } else {
                sources.products.push(source);
            }
        }
        Ok(sources)
    }
}

pub(crate) fn text(path: &Path) -> Result<String, Stop> {
    let bytes =
        fs::read(path).map_err(|fault| Stop::missing(format!("`{}`", path.display()), fault))?;
    String::from_utf8(bytes)
        .map_err(|_| Stop::usage(format!("`{}` is not UTF-8 text", path.display())))
}

impl Source {
    /// The words of the header: `product NAME VERSION` or `instance NAME of PRODUCT VERSION`.
    fn words(&self) -> Vec<&str> {
        let lines = self.text.lines().map(|line| line.split('#').next().unwrap_or_default());
        lines.flat_map(str::split_whitespace).take(5).collect()
    }
}

impl Sources {
    /// Every program that these files make.
    pub(crate) fn units(&self) -> Result<Vec<Unit<'_>>, Stop> {
        let products = self.products.iter().map(|product| Ok(Unit { product, instance: None }));
        let instances = self.instances.iter().map(|instance| {
            let product = self.product_of(instance)?;
            Ok(Unit { product, instance: Some(instance) })
        });
        products.chain(instances).collect()
    }

    /// The one program to run: the instance where there is one.
    pub(crate) fn one(&self) -> Result<Unit<'_>, Stop> {
        let mut units = self.units()?;
        match (self.products.len(), self.instances.len(), units.pop()) {
            (1, 0 | 1, Some(unit)) => Ok(unit),
            _ => Err(Stop::usage("name one product, and at most one instance of it")),
        }
    }

    /// The two programs to compare: the instances where there are two, else the two that there
    /// are.
    pub(crate) fn pair(&self) -> Result<Vec<Unit<'_>>, Stop> {
        let mut units = self.units()?;
        if self.instances.len() == 2 {
            units.retain(|unit| unit.instance.is_some());
        }
        if units.len() == 2 {
            return Ok(units);
        }
        Err(Stop::usage(
            "name two products, a product and its instance, or two instances with their products",
        ))
    }

    fn product_of(&self, instance: &Source) -> Result<&Source, Stop> {
        let words = instance.words();
        let wanted = words.get(3..5).unwrap_or_default();
        let found = self.products.iter().find(|product| product.words().get(1..3) == Some(wanted));
        found.ok_or_else(|| {
            let (path, wanted) = (&instance.path, wanted.join(" "));
            Stop::usage(format!("`{path}` is an instance of `{wanted}`: name that file too"))
        })
    }
}

impl Unit<'_> {
    /// Compiles it.
    pub(crate) fn compile(&self) -> Result<Program, Vec<Diagnostic>> {
        match self.instance {
            None if self.product.words().first() == Some(&"regime") => {
                compile_regime(&self.product.text)
            }
            None => compile_product(&self.product.text),
            Some(instance) => compile_instance(&self.product.text, &instance.text),
        }
    }

    /// The file that diagnostics are about.
    pub(crate) fn path(&self) -> &str {
        &self.subject().path
    }

    /// Shows diagnostics, each with its line and a caret.
    pub(crate) fn show(&self, diagnostics: &[Diagnostic]) {
        let subject = self.subject();
        for diagnostic in diagnostics {
            print::raw(&diagnostic.render(&subject.path, &subject.text));
        }
    }

    fn subject(&self) -> &Source {
        self.instance.unwrap_or(self.product)
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, Sources};
    use crate::ending::Ending;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn an_instance_finds_its_product_by_name_and_version() {
        let sources = Sources {
            products: vec![
                source("a", "# why\nproduct loan 1.0.0 \"Loan\""),
                source("b", "product loan 1.1.0 \"Loan\""),
            ],
            instances: vec![source("c", "instance loan_sg # of\n of loan\n1.1.0 jurisdiction SG")],
        };
        let units = sources.units().unwrap();
        assert_eq!(units.len(), 3);
        assert_eq!(units[2].product.path, "b");
        assert_eq!(units[2].path(), "c");
        assert_eq!(sources.one().unwrap_err().ending, Ending::Usage);
    }

    #[test]
    fn an_instance_without_its_product_is_told_what_is_missing() {
        let instance = source("c", "instance x of y 2.0.0 jurisdiction SG \"\"");
        let sources = Sources { products: Vec::new(), instances: vec![instance] };
        let stop = sources.units().unwrap_err();
        assert!(stop.message.contains("instance of `y 2.0.0`"), "{}", stop.message);
    }
}
