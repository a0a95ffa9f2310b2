//! The future that methods of handles return, and macros that declare request builders.

use std::{
    future::Future,
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll},
};

use futures::{
    Stream, StreamExt, TryStreamExt,
    future::{BoxFuture, Fuse, FutureExt},
    stream::{self, BoxStream},
};

use crate::{
    error::{Error, Result},
    task::lock,
    types::opaque_debug,
};

/// The future of a call, returned by methods of the client and its handles.
///
/// A call is `'static` and `Send`, so it can be joined, collected and spawned. Nothing is sent before it is first
/// polled.
///
/// ```
/// # wikijs_fake::example!(wiki => {
/// let ids = [1, 2, 123];
/// let pages = futures::future::join_all(ids.iter().map(|id| wiki.pages().get(*id))).await;
/// let one = tokio::spawn(wiki.pages().get(123));
/// # assert!(pages[2].is_ok());
/// # assert_eq!(one.await.expect("it does not panic")?.id, 123);
/// # });
/// ```
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T>(BoxFuture<'static, Result<T>>);

impl<T> Call<T> {
    /// Creates a call that runs `work`.
    pub(crate) fn new(work: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self(Box::pin(work))
    }

    /// Creates a call that runs `work` with a clone of a handle.
    pub(crate) fn on<Handle, Work>(handle: &Handle, work: impl FnOnce(Handle) -> Work) -> Self
    where
        Handle: Clone,
        Work: Future<Output = Result<T>> + Send + 'static,
    {
        Self::new(work(handle.clone()))
    }
}

impl<T: Send + 'static> Call<T> {
    /// Returns a call that converts the result.
    pub(crate) fn map<U>(self, convert: impl FnOnce(T) -> U + Send + 'static) -> Call<U> {
        Call::new(async move { self.await.map(convert) })
    }
}

impl<T: 'static> Call<T> {
    /// Returns `None` in place of the error for a missing object.
    pub(crate) fn found(self) -> Call<Option<T>> {
        Call::new(async move { found(self.await) })
    }
}

impl<T: 'static> Call<Option<T>> {
    /// Returns an error in place of `None`.
    pub(crate) fn required(self, missing: impl FnOnce() -> Error + Send + 'static) -> Call<T> {
        Call::new(async move { self.await?.ok_or_else(missing) })
    }
}

/// Returns `None` in place of the error for a missing object.
pub(crate) fn found<T>(result: Result<T>) -> Result<Option<T>> {
    none_if(result, Error::is_not_found)
}

/// Returns `None` in place of the errors that `is_none` selects.
pub(crate) fn none_if<T>(
    result: Result<T>,
    is_none: impl FnOnce(&Error) -> bool,
) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_none(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

opaque_debug!(Call<T>);

/// Returns a stream of the elements of lists.
pub(crate) fn elements<T: Send + 'static>(
    lists: impl Stream<Item = Result<Vec<T>>> + Send + 'static,
) -> BoxStream<'static, Result<T>> {
    let lists = lists.map_ok(|list| stream::iter(list.into_iter().map(Ok)));
    lists.try_flatten().boxed()
}

/// Sorts a list that the wiki returns whole, and returns the part that a request selects.
pub(crate) fn selected<T>(
    mut list: Vec<T>,
    compare: impl FnMut(&T, &T) -> std::cmp::Ordering,
    descending: bool,
    offset: usize,
    limit: usize,
) -> Vec<T> {
    list.sort_by(compare);
    if descending {
        list.reverse();
    }
    list.into_iter().skip(offset).take(limit).collect()
}

/// The running future of a request builder that was polled. A clone of a builder starts without one.
pub(crate) struct Started<T>(Mutex<Option<Fuse<BoxFuture<'static, Result<T>>>>>);

impl<T> Started<T> {
    /// Polls the request. The first poll creates it with `start`.
    pub(crate) fn poll<Work>(
        &self,
        context: &mut Context<'_>,
        start: impl FnOnce() -> Work,
    ) -> Poll<Result<T>>
    where
        Work: Future<Output = Result<T>> + Send + 'static,
    {
        lock(&self.0)
            .get_or_insert_with(|| start().boxed().fuse())
            .poll_unpin(context)
    }
}

impl<T> Default for Started<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Clone for Started<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

opaque_debug!(Started<T>);

/// Declares a request builder: its arguments, its options with their defaults, and the setters of the options. The
/// builder is a `Future`. The first poll sends the request with an `async fn(self)` of the builder, or with a chain of
/// methods such as `stream.try_collect`.
///
/// ```ignore
/// request! {
///     /// A list of pages. Await it.
///     ListPages(pages: Pages) -> Vec<PageSummary>, fetch {
///         limit: Option<usize> = None;
///     }
///
///     /// Limits the number of pages.
///     limit(pages: usize) => limit = Some(pages);
/// }
/// ```
macro_rules! request {
    (
        $(#[$about:meta])*
        $builder:ident($($argument:ident: $type:ty),*) -> $output:ty, $($send:ident).+ {
            $( $(#[$meta:meta])* $option:ident: $kind:ty = $default:expr; )*
        }
        $($setters:tt)*
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone)]
        #[must_use = "a request does nothing until it is awaited"]
        pub struct $builder {
            $($argument: $type,)*
            $($(#[$meta])* $option: $kind,)*
            started: $crate::call::Started<$output>,
        }

        impl $builder {
            fn new($($argument: $type),*) -> Self {
                Self {
                    $($argument,)*
                    $($option: $default,)*
                    started: $crate::call::Started::default(),
                }
            }
        }

        $crate::call::setters! { $builder { $($setters)* } }

        impl ::std::future::Future for $builder {
            type Output = $crate::error::Result<$output>;

            fn poll(
                self: ::std::pin::Pin<&mut Self>,
                context: &mut ::std::task::Context<'_>,
            ) -> ::std::task::Poll<Self::Output> {
                let this = self.get_mut();
                let started = ::std::mem::take(&mut this.started);
                let result = started.poll(context, || this.clone()$(.$send())+);
                this.started = started;
                result
            }
        }
    };
}

/// Declares setters that take and return the builder. Each line consists of the name, the arguments, and an assignment to
/// a field or a method call on it.
///
/// ```ignore
/// setters! { ListPages {
///     /// Limits the number of pages.
///     limit(pages: usize) => limit = Some(pages);
///     /// Sorts in descending order.
///     descending() => descending = true;
///     /// Adds tags.
///     add_tags(tags: impl IntoIterator<Item = Tag>) => tags.extend(tags);
/// } }
/// ```
macro_rules! setters {
    ($builder:ident {
        $(
            $(#[$meta:meta])*
            $name:ident($($argument:ident: $type:ty),*) => $($field:ident).+ $(($given:expr))? $(= $value:expr)?;
        )*
    }) => {
        impl $builder {
            $(
                $(#[$meta])*
                pub fn $name(mut self $(, $argument: $type)*) -> Self {
                    self.$($field).+ $(($given))? $(= $value)?;
                    self
                }
            )*
        }
    };
}

pub(crate) use {request, setters};
