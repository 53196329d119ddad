using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Http;

/// <summary>
/// Streams changes, one JSON object a line. The handler reads from the bounded history at the pace of its client, so the
/// server never queues anything for it.
/// </summary>
internal sealed class WatchHandler(ApiCore core, CancellationToken stopping)
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestWatch = TimeSpan.FromMinutes(60);

    public async Task WatchAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var options = Requests.ListOptions(http, target.Resource);
        var name = target.Name;
        if (Requests.IsSet(http, "sendInitialEvents") && options.ResourceVersionMatch != "NotOlderThan")
        {
            throw ApiError.Invalid("meta.k8s.io", "ListOptions", "", [FieldError.Forbidden(
                "resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]);
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        ended.CancelAfter(Duration(http));
        var watch = new Watch(core, target.Resource, target.Namespace, name, options, format, ReadHandlers.Include(http), http);
        var start = Begin(http, target.Resource, options);
        http.Response.StatusCode = 200;
        http.Response.ContentType = "application/json";
        await http.Response.StartAsync(ended.Token);
        await http.Response.Body.FlushAsync(ended.Token);
        try
        {
            var cursor = await watch.SendInitialAsync(start, ended.Token);
            await FollowAsync(watch, target.Resource, cursor, Requests.IsSet(http, "allowWatchBookmarks"), ended.Token);
        }
        catch (OperationCanceledException)
        {
            // The client left, its time is over, or the server stops: a watch just ends.
        }
        catch (IOException)
        {
            // The connection broke; nobody is left to tell.
        }
    }

    private static async Task FollowAsync(Watch watch, ResourceInfo resource, long cursor, bool bookmarks, CancellationToken ended)
    {
        var log = watch.Core.Store.LogOf(resource.StoreKind);
        var batch = new List<StoreEvent>();
        while (true)
        {
            batch.Clear();
            var published = watch.Core.Store.PublishedRevision;
            if (!log.TryRead(cursor, batch, out var next))
            {
                await watch.SendErrorAsync(ApiError.Expired($"too old resource version: {cursor} ({log.Floor})"), ended);
                return;
            }

            foreach (var change in batch)
            {
                await watch.SendChangeAsync(change, ended);
                cursor = change.Revision;
            }

            if (batch.Count > 0)
            {
                await watch.FlushAsync(ended);
                continue;
            }

            cursor = Math.Max(cursor, published);
            if (await EndsWithin(next, BookmarkInterval, watch.Core.Clock, ended) || !bookmarks)
                continue;
            await watch.SendBookmarkAsync(cursor, initialEnd: false, ended);
            await watch.FlushAsync(ended);
        }
    }

    private static async Task<bool> EndsWithin(Task task, TimeSpan limit, TimeProvider clock, CancellationToken ended)
    {
        try
        {
            await task.WaitAsync(limit, clock, ended);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Where the watch begins: with a state whose objects are sent first, or after a revision.</summary>
    private WatchStart Begin(HttpContext http, ResourceInfo resource, ListOptions options)
    {
        var state = core.Store.State;
        var initial = http.Request.Query["sendInitialEvents"].ToString();
        var asked = options.ResourceVersion.Length == 0 ? 0 : Revisions.Parse(options.ResourceVersion);
        if (asked > state.Revision)
            throw ApiError.TooLargeResourceVersion(asked, state.Revision);
        var sends = initial.Length > 0 ? initial is "true" or "1" : asked == 0;
        if (sends)
            return new WatchStart(state.Of(resource.StoreKind), state.Revision, Ends: initial.Length > 0);
        if (asked > 0 && asked < core.Store.LogOf(resource.StoreKind).Floor)
            throw ApiError.Expired($"too old resource version: {asked} ({core.Store.LogOf(resource.StoreKind).Floor})");
        return new WatchStart(null, asked > 0 ? asked : state.Revision, Ends: false);
    }

    private static TimeSpan Duration(HttpContext http) =>
        long.TryParse(http.Request.Query["timeoutSeconds"].ToString(), CultureInfo.InvariantCulture, out var seconds) && seconds > 0 && seconds < LongestWatch.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : LongestWatch;
}

/// <summary>Objects to send first (null: none), the revision to go on after, and whether a bookmark says that they end.</summary>
internal sealed record WatchStart(ObjectSet? Initial, long Revision, bool Ends);
