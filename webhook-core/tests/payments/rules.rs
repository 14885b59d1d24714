//! The rules of every sender as data that a test can go through: read from what `Debug` writes, which has every word of them.

use serde_json::{Map, Value, json};
use webhook_core::payment::Meaning;
use webhook_core::provider::{
    adyen, adyen_platform, airwallex, alipay, apple_appstore, authorize_net, braintree, btcpay,
    cashfree, chargebee, checkout_com, coinbase_cdp, coinbase_commerce, cybersource, dlocal,
    dotpay, flutterwave, gocardless, google_play_rtdn, iyzico, lemon_squeezy, mercado_pago,
    midtrans, mollie, nuvei, opayo_server, paddle, pagbank, paypal, paystack, payu, phonepe, plaid,
    polar, portone, rapyd, razorpay, recurly, revenuecat, revolut, shopify, square, stripe,
    truelayer, wechat_pay, whop, wise, woocommerce, worldline, worldpay, xendit,
};

/// What the kinds of each sender mean.
pub(crate) const MEANINGS: &[(&str, &Meaning)] = &[
    ("adyen", &adyen::MEANING),
    ("adyen", &adyen::MEANING_AUTOMATIC),
    ("adyen-platform", &adyen_platform::MEANING),
    ("airwallex", &airwallex::MEANING),
    ("alipay", &alipay::MEANING),
    ("apple-appstore", &apple_appstore::MEANING),
    ("authorize-net", &authorize_net::MEANING),
    ("braintree", &braintree::MEANING),
    ("btcpay", &btcpay::MEANING),
    ("cashfree", &cashfree::MEANING),
    ("chargebee", &chargebee::MEANING),
    ("checkout-com", &checkout_com::MEANING),
    ("coinbase-cdp", &coinbase_cdp::MEANING),
    ("coinbase-commerce", &coinbase_commerce::MEANING),
    ("cybersource", &cybersource::MEANING),
    ("dlocal", &dlocal::MEANING),
    ("dotpay", &dotpay::MEANING),
    ("flutterwave", &flutterwave::MEANING),
    ("gocardless", &gocardless::MEANING),
    ("google-play-rtdn", &google_play_rtdn::MEANING),
    ("iyzico", &iyzico::MEANING),
    ("lemon-squeezy", &lemon_squeezy::MEANING),
    ("mercado-pago", &mercado_pago::MEANING),
    ("midtrans", &midtrans::MEANING),
    ("mollie", &mollie::MEANING),
    ("nuvei", &nuvei::MEANING),
    ("opayo-server", &opayo_server::MEANING),
    ("paddle", &paddle::MEANING),
    ("pagbank", &pagbank::MEANING),
    ("paypal", &paypal::MEANING),
    ("paystack", &paystack::MEANING),
    ("payu", &payu::MEANING),
    ("phonepe", &phonepe::MEANING),
    ("plaid", &plaid::MEANING),
    ("polar", &polar::MEANING),
    ("portone", &portone::MEANING),
    ("rapyd", &rapyd::MEANING),
    ("razorpay", &razorpay::MEANING),
    ("recurly", &recurly::MEANING),
    ("revenuecat", &revenuecat::MEANING),
    ("revolut", &revolut::MEANING),
    ("shopify", &shopify::MEANING),
    ("square", &square::MEANING),
    ("stripe", &stripe::MEANING),
    ("truelayer", &truelayer::MEANING),
    ("wechat-pay", &wechat_pay::MEANING),
    ("whop", &whop::MEANING),
    ("wise", &wise::MEANING),
    ("woocommerce", &woocommerce::MEANING),
    ("worldline", &worldline::MEANING),
    ("worldpay", &worldpay::MEANING),
    ("xendit", &xendit::MEANING),
];

/// One rule, with all that it reads.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) kinds: Vec<String>,
    pub(crate) twin: Option<String>,
    /// What it can say; with the text that says it, where a text does.
    pub(crate) statuses: Vec<(String, Option<String>)>,
    /// Each text that decides, and its place.
    pub(crate) words: Vec<(String, Compare, String)>,
    /// Each place that decides without a text.
    deciding: Vec<String>,
    /// Each place whose value is told.
    told: Vec<String>,
    pub(crate) default_currency: Option<String>,
}

/// How a text is compared with what stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Whole,
    Begins,
    Ends,
}

impl Rule {
    /// Every place that decides without a text, or whose value is told.
    pub(crate) fn places(&self) -> impl Iterator<Item = &String> {
        self.deciding.iter().chain(&self.told)
    }

    pub(crate) fn is_of(&self, kind: &str) -> bool {
        self.kinds.iter().any(|own| matches(own, kind))
    }
}

/// Whether a kind of a rule stands for this kind.
pub(crate) fn matches(own: &str, kind: &str) -> bool {
    match own.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => own == kind,
    }
}

pub(crate) fn rules_of(meaning: &Meaning) -> Vec<Rule> {
    let meaning = Debugged::read(&format!("{meaning:?}"));
    let rules = meaning["rules"].as_array().unwrap();
    let mut rules: Vec<Rule> = rules.iter().map(|rule| rule_of(&meaning, rule)).collect();
    // What must hold for every rule, as a rule of all kinds that says nothing.
    let mut always = Rule::new(vec!["*".to_owned()]);
    for condition in meaning["only_if"].as_array().unwrap() {
        always.add_condition(condition);
    }
    rules.push(always);
    rules
}

fn rule_of(meaning: &Value, rule: &Value) -> Rule {
    let places = option(&rule["places"]).unwrap_or(&meaning["places"]);
    let own = |name: &str| option(&rule[name]).unwrap_or(&places[name]);
    let mut read = Rule {
        twin: option(&rule["twin"]).map(text),
        default_currency: option(&places["default_currency"]).map(text),
        ..Rule::new(texts(&rule["kinds"]))
    };
    if let Some(always) = rule["status"].get("Always") {
        read.statuses.push((text(&always[0]), None));
    } else {
        let by = &rule["status"]["By"];
        for pair in by[1].as_array().unwrap() {
            let (word, status) = (text(&pair[0]), text(&pair[1]));
            read.words
                .push((text(&by[0]), Compare::Whole, word.clone()));
            read.statuses.push((status, Some(word)));
        }
    }
    for condition in rule["when"].as_array().unwrap() {
        read.add_condition(condition);
    }
    if read.statuses != [("Other".to_owned(), None)] {
        let amount = own("amount").as_object().unwrap().values();
        let lists = amount.map(|list| &list[0]).chain([
            own("step_id"),
            own("transaction"),
            &places["total"],
            &places["currency"],
            &places["reference"],
            &places["time"],
        ]);
        read.told = lists
            .flat_map(texts)
            .flat_map(|sum| pointers(&sum))
            .collect();
    }
    read
}

impl Rule {
    const fn new(kinds: Vec<String>) -> Self {
        Self {
            kinds,
            twin: None,
            statuses: Vec::new(),
            words: Vec::new(),
            deciding: Vec::new(),
            told: Vec::new(),
            default_currency: None,
        }
    }

    fn add_condition(&mut self, condition: &Value) {
        let (name, of) = condition.as_object().unwrap().iter().next().unwrap();
        let compare = match name.as_str() {
            "Is" | "Not" => Compare::Whole,
            // The first that is not before it; versions have a name behind their date.
            "Before" => Compare::Begins,
            "Begins" => Compare::Begins,
            "Ends" => Compare::Ends,
            _ => {
                let sums = of.as_array().unwrap().iter().map(text);
                self.deciding.extend(sums.flat_map(|sum| pointers(&sum)));
                return;
            }
        };
        let words = match &of[1] {
            Value::Array(_) => texts(&of[1]),
            one => vec![text(one)],
        };
        let words = words.into_iter().map(|word| (text(&of[0]), compare, word));
        self.words.extend(words);
    }
}

/// The places of a sum.
fn pointers(sum: &str) -> Vec<String> {
    let words = sum.split(' ').filter(|word| !["+", "-"].contains(word));
    words
        .map(|word| word.trim_matches('|').to_owned())
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(text).collect()
}

fn option(value: &Value) -> Option<&Value> {
    value.get("Some").map(|some| &some[0])
}

/// What `Debug` has written, as JSON: a structure is an object, `Name(a, b)` is `{"Name": [a, b]}`, and `Name` a text.
struct Debugged<'a> {
    rest: &'a str,
}

impl Debugged<'_> {
    fn read(text: &str) -> Value {
        let mut debugged = Debugged { rest: text };
        let value = debugged.value();
        assert_eq!(debugged.rest, "", "not all of it was read");
        value
    }

    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let behind = rest.strip_prefix(token);
        self.rest = behind.unwrap_or(rest);
        behind.is_some()
    }

    fn value(&mut self) -> Value {
        for (open, close) in [("[", "]"), ("(", ")")] {
            if self.takes(open) {
                return Value::Array(self.list(close));
            }
        }
        if self.rest.starts_with('"') {
            let mut texts = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
            let text = texts.next().unwrap().unwrap();
            let behind = self.rest.get(texts.byte_offset()..);
            self.rest = behind.unwrap_or_default();
            return json!(text);
        }
        let is_of_name = |letter: char| letter.is_alphanumeric() || "_:".contains(letter);
        let end = self.rest.find(|letter| !is_of_name(letter));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        if self.takes("(") {
            return json!({name: self.list(")")});
        }
        match self.takes("{") {
            true => Value::Object(self.fields()),
            false => json!(name),
        }
    }

    fn list(&mut self, close: &str) -> Vec<Value> {
        let mut list = Vec::new();
        while !self.takes(close) {
            list.push(self.value());
            self.takes(",");
        }
        list
    }

    fn fields(&mut self) -> Map<String, Value> {
        let mut fields = Map::new();
        while !self.takes("}") {
            let (name, rest) = self.rest.split_once(':').unwrap();
            self.rest = rest.trim_start();
            let value = self.value();
            fields.insert(name.trim().to_owned(), value);
            self.takes(",");
        }
        fields
    }
}
