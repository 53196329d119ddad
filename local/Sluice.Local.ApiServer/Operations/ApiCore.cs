using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;
using Sluice.Local.ApiServer.Strategies;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>What all operations share.</summary>
internal sealed class ApiCore(ResourceStore store, TimeProvider clock)
{
    private volatile ResourceRegistry _registry = ResourceRegistry.OfBuiltIns();

    public ResourceStore Store => store;

    public DateTimeOffset Now => clock.GetUtcNow();

    public TimeProvider Clock => clock;

    /// <summary>The resources served now; it changes with the custom resource definitions.</summary>
    public ResourceRegistry Registry
    {
        get => _registry;
        set => _registry = value;
    }

    public WriteContext Context(WriteOptions options) => new(Now, store, options.DryRun, options.Warnings);

    /// <summary>Times in metadata have no fractions of seconds.</summary>
    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
