using Sluice.Cli.Output;
using Sluice.Local.NodeAgent;
using Sluice.Local.NodeAgent.Processes;

namespace Sluice.Cli.Local;

/// <summary>`sluice down`: stops the pods, then the control plane; also pods that a killed control plane left behind.</summary>
internal sealed class DownCommand(StateDirectory state, bool deleteData)
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LeftoverGrace = TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync()
    {
        if (!Directory.Exists(state.Root))
        {
            Console.Out.WriteLine($"Nothing runs: there is no {state.Root}.");
            return ExitCodes.Done;
        }
        await using var reporter = Reporters.ForOutput();
        await StopAsync(reporter.Target).ConfigureAwait(false);
        if (deleteData)
        {
            Directory.Delete(state.Root, recursive: true);
            reporter.Target.Done($"deleted {state.Root}");
        }
        return ExitCodes.Done;
    }

    private async Task StopAsync(IReporter reporter)
    {
        var wasRunning = false;
        if (InstanceLock.Holder(state) is { } pid)
        {
            wasRunning = true;
            reporter.Waiting("stopping the pods and the control plane");
            if (!await DetachedProcess.StopAsync(pid, StopTimeout).ConfigureAwait(false))
                throw new CommandException($"process {pid} has not stopped within {StopTimeout.TotalMinutes:0} minutes; its log is {state.Log}");
            reporter.Done("stopped");
        }
        // Nobody else may start on the folder while what is left is ended.
        using var instance = await InstanceLock.TryTakeAsync(state).ConfigureAwait(false) ?? throw new CommandException($"Sluice was started again on {state.Root} meanwhile.");
        reporter.Waiting("ending processes that were left behind");
        var left = await LocalNodeAgent.StopLeftoverPodsAsync(state.Root, LeftoverGrace).ConfigureAwait(false);
        if (left > 0) reporter.Done($"ended {left} {(left == 1 ? "process" : "processes")} of pods without a control plane");
        else if (!wasRunning) reporter.Done("nothing was running");
    }
}
