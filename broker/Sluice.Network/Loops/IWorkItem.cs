namespace Sluice.Network.Loops;

/// <summary>Work that another thread gives to a loop.</summary>
public interface IWorkItem
{
    /// <summary>Runs on the loop's thread, to its end, without blocking.</summary>
    void Execute();
}
