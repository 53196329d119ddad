using Sluice.Cli.Local;

namespace Sluice.Cli.Tests;

/// <summary>Tests that write to the console or use one state folder run one after the other.</summary>
[Collection("console")]
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;
    private readonly TextWriter _output = Console.Out;
    private readonly TextWriter _errors = Console.Error;
    private readonly StringWriter _written = new();

    public CommandLineTests()
    {
        Console.SetOut(_written);
        Console.SetError(_written);
    }

    public void Dispose()
    {
        Console.SetOut(_output);
        Console.SetError(_errors);
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("--no-such-option")]
    [InlineData("no-such-command")]
    [InlineData("up --port 70000")]
    [InlineData("up --port x")]
    [InlineData("up --timeout 0")]
    public async Task A_command_line_that_is_not_understood_has_its_own_exit_code(string line) =>
        Assert.Equal(ExitCodes.Usage, await CommandLine.RunAsync(line.Split(' ')));

    [Theory]
    [InlineData("--help", "sluice up --detach")]
    [InlineData("up --help", "--no-examples")]
    [InlineData("down --help", "sluice down --delete-data")]
    [InlineData("kubeconfig --help", "export KUBECONFIG=")]
    [InlineData("status --help", "3 nothing runs")]
    [InlineData("produce --help", "--key-separator : --compression zstd")]
    [InlineData("consume --help", "--from beginning --exit-at-end")]
    [InlineData("topic create --help", "--config cleanup.policy=compact")]
    [InlineData("group reset-offsets --help", "--by -100 --execute")]
    [InlineData("log dump --help", "1 something is damaged")]
    [InlineData("completion --help", "source <(sluice completion bash)")]
    public async Task Help_shows_examples(string line, string expected)
    {
        Assert.Equal(ExitCodes.Done, await CommandLine.RunAsync(line.Split(' ')));
        Assert.Contains(expected, _written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_control_plane_each_command_says_so()
    {
        Assert.Equal(ExitCodes.NotRunning, await CommandLine.RunAsync(["status", "--data-dir", _folder]));
        Assert.Equal(ExitCodes.NotRunning, await CommandLine.RunAsync(["kubeconfig", "--data-dir", _folder]));
        Assert.Equal(ExitCodes.Done, await CommandLine.RunAsync(["down", "--data-dir", _folder]));
        var text = _written.ToString();
        Assert.Contains($"Sluice does not run on {_folder}", text, StringComparison.Ordinal);
        Assert.Contains("run `sluice up` first", text, StringComparison.Ordinal);
        Assert.Contains("nothing was running", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Down_with_delete_data_leaves_nothing()
    {
        var home = Path.Combine(_folder, "home");
        Directory.CreateDirectory(home);
        Assert.Equal(ExitCodes.Done, await CommandLine.RunAsync(["down", "--delete-data", "--data-dir", home]));
        Assert.False(Directory.Exists(home));
    }

    [Fact]
    public async Task A_second_up_on_a_folder_names_the_first()
    {
        var state = new StateDirectory(_folder);
        using var first = InstanceLock.TryTake(state);
        Assert.Equal(Environment.ProcessId, InstanceLock.Holder(state));
        Environment.SetEnvironmentVariable("SLUICE_BROKER_PROGRAM", "/bin/true");
        try
        {
            Assert.Equal(ExitCodes.Failed, await CommandLine.RunAsync(["up", "--data-dir", _folder]));
        }
        finally
        {
            Environment.SetEnvironmentVariable("SLUICE_BROKER_PROGRAM", null);
        }
        Assert.Contains($"already runs on {_folder} (process {Environment.ProcessId})", _written.ToString(), StringComparison.Ordinal);
    }
}
