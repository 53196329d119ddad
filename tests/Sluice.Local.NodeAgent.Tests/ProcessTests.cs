using System.Diagnostics;
using Sluice.Local.NodeAgent.Processes;
using Support;

namespace Sluice.Local.NodeAgent.Tests;

public sealed class ProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;
    private readonly ProcessMonitor _monitor = new();
    private readonly List<LocalProcess> _started = [];

    public void Dispose()
    {
        foreach (var process in _started) process.Kill();
        Task.WaitAll([.. _started.Select(p => (Task)p.Exited)], TimeSpan.FromSeconds(60));
        _monitor.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_exit_code_of_a_child_is_told()
    {
        var status = await Shell("exit 7").Exited.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(new ExitStatus(true, 7, 0), status);
        Assert.Equal(7, status.ContainerCode);
    }

    [Fact]
    public async Task The_signal_that_ended_a_child_is_told()
    {
        var process = Sleep();
        process.Signal(Libc.SigTerm);
        var status = await process.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Libc.SigTerm, status.Signal);
        Assert.Equal(143, status.ContainerCode);
    }

    [Fact]
    public async Task Output_goes_to_the_file_and_the_environment_is_only_what_was_given()
    {
        await Shell("echo out; echo err >&2; env | grep -v -e ^PWD -e ^_ -e ^SHLVL -e ^OLDPWD; pwd").Exited.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal($"out\nerr\nA=b c\n{_folder}\n", await File.ReadAllTextAsync(OutputFile));
    }

    [Fact]
    public async Task A_process_has_a_session_of_its_own_and_default_signals_and_no_foreign_descriptors()
    {
        await Shell("ps -o sid= -p $$ | tr -d ' '; echo $$; grep -e SigIgn -e SigBlk /proc/self/status; ls /proc/self/fd | wc -l")
            .Exited.WaitAsync(TimeSpan.FromSeconds(60));
        var lines = await File.ReadAllLinesAsync(OutputFile);
        Assert.Equal(lines[1], lines[0]);
        Assert.Equal("SigBlk:\t0000000000000000", lines[2]);
        // posix_spawn itself leaves the C library's two internal signals (32 and 33) ignored.
        Assert.Equal(0UL, Convert.ToUInt64(lines[3]["SigIgn:\t".Length..], 16) & ~0x1_8000_0000UL);
        // Three streams, and the folder that ls reads.
        Assert.Equal("4", lines[4].Trim());
    }

    [Fact]
    public async Task What_a_process_leaves_in_its_group_dies_with_it()
    {
        await Shell("sleep 300 & echo $!").Exited.WaitAsync(TimeSpan.FromSeconds(60));
        var left = int.Parse(await File.ReadAllTextAsync(OutputFile), null);
        await Wait.UntilAsync(() => ProcessIdentity.ReadStat(left) is null or { State: 'Z' });
    }

    [Fact]
    public void A_program_that_does_not_exist_cannot_be_started()
    {
        var error = Assert.Throws<ProcessStartException>(() => Start("/no/such/program"));
        Assert.Equal("cannot start /no/such/program: No such file or directory", error.Message);
    }

    [Fact]
    public async Task A_process_of_an_earlier_control_plane_is_adopted_and_its_end_is_seen()
    {
        var process = Sleep();
        using var second = new ProcessMonitor();
        var adopted = LocalProcess.TryAdopt(second, process.Identity);
        Assert.NotNull(adopted);
        Assert.False(adopted.Exited.IsCompleted);
        adopted.Kill();
        var status = await adopted.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(137, status.ContainerCode);
        Assert.True((await process.Exited).Signal == Libc.SigKill);
    }

    [SkippableFact]
    public async Task The_exit_code_of_an_adopted_process_is_told_by_newer_kernels()
    {
        Skip.IfNot(Environment.OSVersion.Version >= new Version(6, 15), "needs Linux 6.15");
        var process = Shell("while [ ! -e go ]; do sleep 0.05; done; exit 5");
        using var second = new ProcessMonitor();
        var adopted = LocalProcess.TryAdopt(second, process.Identity);
        Assert.NotNull(adopted);
        await File.WriteAllTextAsync(Path.Combine(_folder, "go"), "");
        Assert.Equal(new ExitStatus(true, 5, 0), await adopted.Exited.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_process_that_ended_is_not_adopted_nor_one_with_a_reused_number()
    {
        var process = Shell("exit 0");
        await process.Exited;
        Assert.Null(LocalProcess.TryAdopt(_monitor, process.Identity));
        using var self = Process.GetCurrentProcess();
        var identity = ProcessIdentity.Of(self.Id)!;
        Assert.Null(LocalProcess.TryAdopt(_monitor, identity with { StartTicks = identity.StartTicks + 1 }));
        Assert.Null(LocalProcess.TryAdopt(_monitor, identity with { BootId = "another" }));
    }

    [Fact]
    public async Task Stopping_the_monitor_leaves_processes_alone_and_tells_who_waits()
    {
        var monitor = new ProcessMonitor();
        var process = LocalProcess.Start(monitor, new("/bin/sleep", ["300"], new Dictionary<string, string>(), _folder, OutputFile));
        monitor.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => process.Exited);
        var adopted = LocalProcess.TryAdopt(_monitor, process.Identity);
        Assert.NotNull(adopted);
        _started.Add(adopted);
    }

    private string OutputFile => Path.Combine(_folder, "out");

    private LocalProcess Sleep() => Start("/bin/sleep", "300");

    private LocalProcess Shell(string script) => Start("/bin/sh", "-c", script);

    private LocalProcess Start(string program, params string[] arguments)
    {
        var environment = new Dictionary<string, string> { ["A"] = "b c" };
        var process = LocalProcess.Start(_monitor, new(program, arguments, environment, _folder, OutputFile));
        _started.Add(process);
        return process;
    }
}
