using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Strategies;

/// <summary>What a strategy may know about the request that it serves.</summary>
/// <param name="Now">The time of the request.</param>
/// <param name="Store">For checks across objects, such as an address that is taken.</param>
/// <param name="DryRun">Nothing will be written.</param>
/// <param name="Warnings">Texts that the client is shown as warnings.</param>
internal sealed record WriteContext(DateTimeOffset Now, ResourceStore Store, bool DryRun, List<string> Warnings);
