using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes.Controllers;

/// <summary>
/// Brings the world of one object to what the object asks for. Level-based: it is told a name, not what happened, and acts on the
/// state that it reads. It may be called at any time, any number of times, also for an object that is gone.
/// </summary>
public interface IReconciler
{
    /// <summary>Reconciles one object; never called for the same object by two workers at once.</summary>
    Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation);
}
