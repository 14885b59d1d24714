//! Names of topics, for `match event.topic.unverified().as_str()`. Shopify has many more; all of them arrive.

/// A shop has removed the app.
pub const APP_UNINSTALLED: &str = "app/uninstalled";
/// A customer asks which data is kept about them. Every public app must answer.
pub const CUSTOMERS_DATA_REQUEST: &str = "customers/data_request";
/// A customer's data must be erased. Every public app must do it.
pub const CUSTOMERS_REDACT: &str = "customers/redact";
/// Money of an order was reserved, taken, released or given back, or that failed.
pub const ORDER_TRANSACTIONS_CREATE: &str = "order_transactions/create";
/// An order was cancelled.
pub const ORDERS_CANCELLED: &str = "orders/cancelled";
/// An order was made.
pub const ORDERS_CREATE: &str = "orders/create";
/// An order was fulfilled.
pub const ORDERS_FULFILLED: &str = "orders/fulfilled";
/// An order was paid.
pub const ORDERS_PAID: &str = "orders/paid";
/// An order was changed.
pub const ORDERS_UPDATED: &str = "orders/updated";
/// A product was made.
pub const PRODUCTS_CREATE: &str = "products/create";
/// A product was removed.
pub const PRODUCTS_DELETE: &str = "products/delete";
/// A product was changed.
pub const PRODUCTS_UPDATE: &str = "products/update";
/// Money was given back.
pub const REFUNDS_CREATE: &str = "refunds/create";
/// A shop's data must be erased, 48 hours after it removed the app. Every public app must do it.
pub const SHOP_REDACT: &str = "shop/redact";
