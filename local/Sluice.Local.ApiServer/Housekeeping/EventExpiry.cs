using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Store;
using Sluice.Local.ApiServer.Tables;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>Forgets events an hour after they were last written, as the real server does.</summary>
internal sealed class EventExpiry : IAsyncDisposable
{
    private const string Events = "/events";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ApiCore _core;
    private readonly WorkLoop<string> _loop;

    public EventExpiry(ApiCore core, ILogger logger)
    {
        _core = core;
        _loop = new WorkLoop<string>("event expiry", core.Clock, logger, HandleAsync);
    }

    public void Start()
    {
        _loop.Add(Events);
        _loop.Start();
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task<TimeSpan?> HandleAsync(string kind)
    {
        foreach (var item in _core.Store.State.Of(kind).All().Where(IsOld).ToList())
        {
            try
            {
                await _core.Store.DeleteAsync(kind, item.Key, item.Revision, item.Body.Copy());
            }
            catch (StoreConflictException)
            {
                // Written again just now, so it is not old.
            }
        }

        return Interval;
    }

    private bool IsOld(StoredObject item)
    {
        var times = new[] { item.Body["lastTimestamp"], item.Body.At("series", "lastObservedTime"), item.Body["eventTime"], item.Body.At("metadata", "creationTimestamp") };
        var newest = times.Select(TableCells.ParseTime).Max();
        return newest is { } time && _core.Now - time > Lifetime;
    }
}
