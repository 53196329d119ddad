namespace Sluice.Kubernetes;

/// <summary>Gives the bearer token of a request.</summary>
public abstract class TokenSource
{
    /// <summary>The token to send now.</summary>
    public abstract string Current { get; }

    /// <summary>Called when the server refused the token (401). True when another token is there now, so that one more try makes sense.</summary>
    public abstract bool Refresh();

    /// <summary>A token that never changes.</summary>
    public static TokenSource Fixed(string token) => new FixedToken(token);

    /// <summary>
    /// A token in a file that is replaced while the process runs, as the kubelet does with a service account's: read again
    /// when it is older than a minute, and when the server refuses it.
    /// </summary>
    public static TokenSource File(string path, TimeProvider? time = null) => new FileToken(path, time ?? TimeProvider.System);

    private sealed class FixedToken(string token) : TokenSource
    {
        public override string Current => token;

        public override bool Refresh() => false;
    }

    private sealed class FileToken(string path, TimeProvider time) : TokenSource
    {
        private static readonly TimeSpan Age = TimeSpan.FromMinutes(1);
        private readonly Lock _lock = new();
        private string? _token;
        private long _readAt;

        public override string Current
        {
            get
            {
                lock (_lock)
                {
                    if (_token is null || time.GetElapsedTime(_readAt) >= Age) Read();
                    return _token!;
                }
            }
        }

        public override bool Refresh()
        {
            lock (_lock)
            {
                string? before = _token;
                Read();
                return _token != before;
            }
        }

        private void Read()
        {
            try
            {
                string token = System.IO.File.ReadAllText(path).Trim();
                if (token.Length == 0) throw new KubeConfigException($"The token file {path} is empty.");
                _token = token;
            }
            catch (IOException) when (_token is not null)
            {
                // The file is being replaced: the old token is still good for a while, and the next minute reads it again.
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new KubeConfigException($"The token file {path} cannot be read: {error.Message}", error);
            }
            _readAt = time.GetTimestamp();
        }
    }
}
