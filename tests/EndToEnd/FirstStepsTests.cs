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
