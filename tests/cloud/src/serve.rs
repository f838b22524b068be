//! A service behind sockets of this machine: HTTP/1.1 and HTTP/2, and connections that break.

use crate::seam::{Answer, Asked};
use async_trait::async_trait;
use azure_core::http::Url;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use std::{fmt, io, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::Notify,
    task::JoinHandle,
};

/// What answers requests.
#[async_trait]
pub trait Service: fmt::Debug + Send + Sync {
    /// Takes one request.
    async fn answer(&self, asked: Asked) -> Answer;
}

/// Serves everybody who connects, until it is aborted.
pub(crate) fn listen(
    listener: TcpListener,
    origin: String,
    service: Arc<dyn Service>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (origin, service) = (origin.clone(), Arc::clone(&service));
            tokio::spawn(async move { connection(socket, &origin, service).await });
        }
    })
}

/// Serves one connection. `origin` is what its client takes it for: scheme and host.
pub(crate) async fn connection(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    origin: &str,
    service: Arc<dyn Service>,
) {
    let origin: Arc<str> = origin.trim_end_matches('/').into();
    let cut = Arc::new(Notify::new());
    let cuts = Arc::clone(&cut);
    let answers = service_fn(move |request| {
        let (origin, service, cut) = (Arc::clone(&origin), Arc::clone(&service), Arc::clone(&cuts));
        async move { answered(&origin, &*service, &cut, request).await }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    tokio::select! {
        // How a connection ends is not the server's business.
        _ = builder.serve_connection(TokioIo::new(socket), answers) => {}
        () = cut.notified() => {}
    }
}

async fn answered(
    origin: &str,
    service: &dyn Service,
    cut: &Notify,
    request: Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let asked = read(origin, request).await?;
    match service.answer(asked).await {
        Answer::Reply { status, headers, body } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(Full::new(body)).unwrap())
        }
        Answer::Broken => {
            cut.notify_one();
            std::future::pending().await
        }
        Answer::Silence => std::future::pending().await,
    }
}

async fn read(origin: &str, request: Request<Incoming>) -> io::Result<Asked> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let headers = parts.headers.iter();
    let body = body.collect().await.map_err(io::Error::other)?;
    Ok(Asked {
        method: parts.method.as_str().to_owned(),
        url: Url::parse(&format!("{origin}{path}")).map_err(io::Error::other)?,
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: body.to_bytes().to_vec(),
    })
}
