using System.Text.RegularExpressions;
using Support;

namespace EndToEnd;

/// <summary>The command line as the README tells it.</summary>
public sealed class FirstStepsTests(EmbeddedKubernetes sluice) : IClassFixture<EmbeddedKubernetes>
{
    [SkippableFact]
    public void A_second_up_in_the_same_folder_says_that_it_runs_already()
    {
        sluice.Require();
        Finished second = sluice.TrySluice("up");
        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains("already", second.Output + second.Errors);
    }

    [SkippableFact]
    public void Status_tells_where_the_cluster_is()
    {
        sluice.Require();
        Assert.Contains(sluice.Bootstrap(), sluice.Sluice("status"));
    }

    [SkippableFact]
    public void What_the_README_shows_under_Use_runs_as_it_is_written()
    {
        sluice.Require();
        Judges.Command("kcat");
        string readme = File.ReadAllText(Path.Combine(Judges.Repository, "README.md"));
        string use = readme[readme.IndexOf("## Use", StringComparison.Ordinal)..];
        string Block(string language) => Regex.Match(use, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        File.WriteAllText(Path.Combine(sluice.Home, "orders.yaml"), Block("yaml"));
        string printed = sluice.Bash($"cd $1; export KUBECONFIG=$2\n{Block("sh")}", sluice.Home, sluice.KubeConfig).Succeeded();
        Assert.Contains("topic.sluice.dev/orders condition met", printed);
        Assert.EndsWith("value\n", printed);
    }

    [SkippableFact]
    public void Down_and_up_again_keep_topics_and_records()
    {
        sluice.Require();
        Shell.Bash("seq 1 100 | kcat -b $1 -t events -p 0 -P", sluice.Bootstrap()).Succeeded();
        sluice.Sluice("down");
        Assert.Equal(0, sluice.BrokerPid());
        sluice.Sluice("up", "--detach");
        Assert.Equal("100", Shell.Bash("kcat -b $1 -t events -p 0 -C -o beginning -e -q | wc -l", sluice.Bootstrap()).Succeeded().Trim());
    }
}
