using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using k8s.Models;
using Sluice.Kubernetes.Metrics;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Client;

/// <summary>Reads what is wanted of the body of an answer.</summary>
internal delegate T AnswerParser<out T>(ReadOnlySpan<byte> body);

/// <summary>
/// Sends requests by the Kubernetes library's client, with its credentials: one deadline each, retries that the server asks for
/// (429, and 5xx with Retry-After), and answers that are no success turned into <see cref="ApiException"/>.
/// </summary>
internal sealed class RequestSender(k8s.Kubernetes kubernetes, string? serverName, KubernetesClientOptions options)
{
    private const int TriesMax = 10;
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromSeconds(30);
    private readonly string _base = kubernetes.BaseUri.GetLeftPart(UriPartial.Path).TrimEnd('/');
    private readonly string _host = kubernetes.BaseUri.Authority;

    /// <summary>Sends a request and reads its whole answer.</summary>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, byte[]? body, string contentType, AnswerParser<T> parse, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using ITimer timer = options.Time.CreateTimer(static state => Cancel((CancellationTokenSource)state!), deadline, options.RequestTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            using HttpResponseMessage response = await TryAsync(method, path, body, contentType, deadline.Token);
            using Answer answer = await Answer.ReadAsync(response.Content, deadline.Token);
            return parse(answer.Bytes);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{method} {path}: no answer within {options.RequestTimeout.TotalSeconds:0} s.");
        }
    }

    /// <summary>Sends a GET and gives its answer as it arrives. No deadline: the caller watches over it.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellation) => TryAsync(HttpMethod.Get, path, null, "", cancellation);

    private async Task<HttpResponseMessage> TryAsync(
        HttpMethod method, string path, byte[]? body, string contentType, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage response = await SendOnceAsync(method, path, body, contentType, cancellation);
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                ApiException error = await ReadErrorAsync($"{method} {path}", response, cancellation);
                if (attempt == TriesMax || RetryDelay(error, attempt) is not { } delay) throw error;
                KubernetesMetrics.RequestRetries.Add(1, new("code", ((int)error.Code).ToString()), new("verb", method.Method), new("host", _host));
                await Task.Delay(delay, options.Time, cancellation);
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, string path, byte[]? body, string contentType, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, _base + path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        // .NET takes the name for TLS from this header too.
        if (!string.IsNullOrEmpty(serverName)) request.Headers.Host = serverName;
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }
        await AuthenticateAsync(request, cancellation);
        long start = Stopwatch.GetTimestamp();
        string code = "<error>";
        try
        {
            HttpResponseMessage response = await kubernetes.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            code = ((int)response.StatusCode).ToString();
            return response;
        }
        finally
        {
            KubernetesMetrics.Requests.Add(1, new("code", code), new("method", method.Method), new("host", _host));
            KubernetesMetrics.RequestDuration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new("verb", method.Method), new("host", _host));
        }
    }

    /// <summary>A plugin or token file that fails now may work soon, so it counts as a request that failed, not as a fault of the program.</summary>
    private async Task AuthenticateAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        if (kubernetes.Credentials is null) return;
        try
        {
            await kubernetes.Credentials.ProcessHttpRequestAsync(request, cancellation);
        }
        catch (Exception error) when (error is not (OperationCanceledException or HttpRequestException))
        {
            throw new HttpRequestException($"{_host}: no credentials: {error.GetBaseException().Message}", error);
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
        using Answer body = await Answer.ReadAsync(response.Content, cancellation);
        V1Status? status = null;
        try
        {
            status = JsonSerializer.Deserialize<V1Status>(body.Bytes, ApiJson.Options);
        }
        catch (JsonException)
        {
            // A proxy or a failing server answers in plain text; it becomes the message below.
        }
        if (status is not { Kind: "Status", Message: not null })
        {
            string text = Encoding.UTF8.GetString(body.Bytes[..Math.Min(body.Bytes.Length, 512)]).Trim();
            status = new V1Status { Status = "Failure", Code = (int)response.StatusCode, Reason = response.ReasonPhrase, Message = text };
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
