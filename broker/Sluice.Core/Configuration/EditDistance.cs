namespace Sluice.Core.Configuration;

/// <summary>Finds the name that a mistyped one was meant to be.</summary>
public static class EditDistance
{
    /// <summary>The candidate with the least edits, when it takes no more than a third of the name; null otherwise.</summary>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        int least = Math.Max(2, name.Length / 3) + 1;
        string? nearest = null;
        foreach (string candidate in candidates)
        {
            if (Math.Abs(candidate.Length - name.Length) >= least) continue;
            int distance = Between(name, candidate);
            if (distance >= least) continue;
            least = distance;
            nearest = candidate;
        }
        return nearest;
    }

    /// <summary>Least number of letters to insert, delete, replace or swap with a neighbour that turns one text into the other.</summary>
    public static int Between(string a, string b)
    {
        // Three rows of the usual table are enough: a swap looks two rows back.
        int[] before = new int[b.Length + 1], previous = new int[b.Length + 1], row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) previous[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(Math.Min(previous[j], row[j - 1]) + 1, replace);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, previous, row) = (previous, row, before);
        }
        return previous[b.Length];
    }
}
