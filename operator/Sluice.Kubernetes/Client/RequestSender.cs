using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes;

/// <summary>
/// Sends requests: bearer token, one deadline each, retries that the server asks for (429, and 5xx with Retry-After), and answers
/// that are no success turned into <see cref="ApiException"/>.
/// </summary>
internal sealed class RequestSender : IDisposable
{
    private const int TriesMax = 10;
    private const int AnswerBytesMax = 256 << 20;
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly TokenSource? _token;
    private readonly KubernetesClientOptions _options;
    private readonly string _base;
    private readonly string _host;

    public RequestSender(KubeConnection connection, KubernetesClientOptions options, HttpMessageHandler? handler)
    {
        _options = options;
        _token = connection.Token;
        _base = connection.RequestBase.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _host = connection.Server.Authority;
        _http = new HttpClient(handler ?? connection.CreateHandler(), disposeHandler: handler is null)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = AnswerBytesMax,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a request and reads its whole answer.</summary>
    public async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, string contentType, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using ITimer timer = _options.Time.CreateTimer(static state => Cancel((CancellationTokenSource)state!), deadline, _options.RequestTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            using HttpResponseMessage response = await TryAsync(method, path, body, contentType, HttpCompletionOption.ResponseContentRead, deadline.Token);
            return await response.Content.ReadAsByteArrayAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{method} {path}: no answer within {_options.RequestTimeout.TotalSeconds:0} s.");
        }
    }

    /// <summary>Sends a GET and gives its answer as it arrives. No deadline: the caller watches over it.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellation) =>
        TryAsync(HttpMethod.Get, path, null, "", HttpCompletionOption.ResponseHeadersRead, cancellation);

    private async Task<HttpResponseMessage> TryAsync(
        HttpMethod method, string path, byte[]? body, string contentType, HttpCompletionOption completion, CancellationToken cancellation)
    {
        bool refreshed = false;
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage response = await SendOnceAsync(method, path, body, contentType, completion, cancellation);
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Unauthorized && !refreshed && _token?.Refresh() == true)
                {
                    refreshed = true;
                    continue;
                }
                ApiException error = await ReadErrorAsync($"{method} {path}", response, cancellation);
                if (attempt == TriesMax || RetryDelay(error, attempt) is not { } delay) throw error;
                KubernetesMetrics.RequestRetries.Add(1, new("code", ((int)error.Code).ToString()), new("verb", method.Method), new("host", _host));
                await Task.Delay(delay, _options.Time, cancellation);
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, string path, byte[]? body, string contentType, HttpCompletionOption completion, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, _base + path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }
        if (_token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token.Current);
        long start = Stopwatch.GetTimestamp();
        string code = "<error>";
        try
        {
            HttpResponseMessage response = await _http.SendAsync(request, completion, cancellation);
            code = ((int)response.StatusCode).ToString();
            return response;
        }
        finally
        {
            KubernetesMetrics.Requests.Add(1, new("code", code), new("method", method.Method), new("host", _host));
            KubernetesMetrics.RequestDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new("verb", method.Method), new("host", _host));
        }
    }

    /// <summary>Null when another try would not help, or was not asked for.</summary>
    private static TimeSpan? RetryDelay(ApiException error, int attempt)
    {
        bool busy = error.Code == HttpStatusCode.TooManyRequests || ((int)error.Code >= 500 && error.RetryAfter is not null);
        if (!busy) return null;
        TimeSpan delay = error.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(1 << (attempt - 1), 30));
        return delay < RetryAfterMax ? delay : RetryAfterMax;
    }

    private static async Task<ApiException> ReadErrorAsync(string request, HttpResponseMessage response, CancellationToken cancellation)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellation);
        Status? status = null;
        try
        {
            status = JsonSerializer.Deserialize<Status>(body, KubernetesJson.Options);
        }
        catch (JsonException)
        {
            // A proxy or a failing server answers in plain text; it becomes the message below.
        }
        if (status is not { Kind: "Status", Message: not null })
        {
            string text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 512))).Trim();
            status = new Status { StatusValue = "Failure", Code = (int)response.StatusCode, Reason = response.ReasonPhrase, Message = text };
        }
        TimeSpan? retryAfter = response.Headers.RetryAfter?.Delta
            ?? (status.Details?.RetryAfterSeconds is > 0 and int seconds ? TimeSpan.FromSeconds(seconds) : null);
        return new ApiException(response.StatusCode, request, status, retryAfter);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The answer came as the deadline passed.
        }
    }
}
