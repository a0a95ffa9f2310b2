//! The macro that declares the handle of a domain, and the trait that handles implement.

use crate::{call::Call, client::Client, error::Result, transport::WritePermit};

/// A client with the methods of one domain.
pub(crate) trait Handle: Clone + Send + 'static {
    fn client(&self) -> &Client;

    /// Returns a call that runs `work` as one write.
    ///
    /// `checked` is the result of checking the arguments. If it is an error, the call returns it and sends nothing.
    fn write<T, Work>(
        &self,
        operation: &'static str,
        checked: Result<()>,
        work: impl FnOnce(Self, WritePermit) -> Work + Send + 'static,
    ) -> Call<T>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T>> + Send,
    {
        Call::on(self, |handle| async move {
            checked?;
            let client = handle.client().clone();
            let work = |permit| work(handle, permit);
            client.write(operation, work).await
        })
    }
}

/// Declares the handle of a domain, and the method of the client that returns it.
///
/// ```ignore
/// handle! {
///     /// Handle for the users of a wiki.
///     Users,
///     /// Returns the handle for users.
///     users
/// }
/// ```
macro_rules! handle {
    ($(#[$about:meta])* $handle:ident, $(#[$returns:meta])* $method:ident) => {
        $(#[$about])*
        ///
        /// A handle is cheap to create and to clone: it contains only a [`Client`](crate::Client).
        #[derive(Debug, Clone)]
        pub struct $handle {
            client: $crate::client::Client,
        }

        impl $crate::client::Client {
            $(#[$returns])*
            pub fn $method(&self) -> $handle {
                $handle {
                    client: self.clone(),
                }
            }
        }

        impl $crate::handle::Handle for $handle {
            fn client(&self) -> &$crate::client::Client {
                &self.client
            }
        }
    };
}

pub(crate) use handle;
