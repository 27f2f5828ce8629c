using System.Globalization;
using System.Net.Sockets;
using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>
/// What an idle worker does: a blocking pop on each of its queues, on connections of their own, with a take sent right behind
/// it. A pushed job wakes exactly one worker, whoever pushed it, and is started without a second trip. The pop moves the id
/// into a list that belongs to this worker, so that nothing is lost if the worker dies on the way.
/// </summary>
internal sealed class IdleWait(WorkerSetup setup, Registration registration, QueueOrder order) : IAsyncDisposable
{
    /// <summary>How long one pop blocks. Short enough to notice a connection that died silently.</summary>
    private static readonly TimeSpan s_block = TimeSpan.FromSeconds(20);

    /// <summary>The same where a pop cannot be told to let go, because the server does not tell the connection's number or forbids that.</summary>
    private static readonly TimeSpan s_shortBlock = TimeSpan.FromSeconds(1);

    /// <summary>A pop that was told to let go answers at once. One that has not done so after this time does not come through: its connection is half open.</summary>
    private static readonly TimeSpan s_letGo = TimeSpan.FromSeconds(2);

    /// <summary>How many jobs a woken worker takes at once; the rest it takes by its ordinary way.</summary>
    private const int Most = 16;

    private readonly ControlConnection _control = new(setup.Connection);
    private readonly SemaphoreSlim _noting = new(1);
    private Lane[]? _lanes;
    private string _noted = "";
    private int _most;

    /// <summary>The queues of this worker that are paused: nothing is waited for on them.</summary>
    public IReadOnlyList<string> Paused { get; set; } = [];

    private Lane[] Lanes => _lanes ??= [.. setup.Queues.Select(queue => new Lane(setup, queue, order, _control, NoteAsync))];

    /// <summary>Waits until a job was taken, or a take has something to say. Then <see cref="EndAsync"/> must follow.</summary>
    /// <param name="freeSlots">How many jobs may be taken.</param>
    /// <param name="slots">How many executions the worker may then have in all.</param>
    public Task<Task<Take.Answer?>> BeginAsync(int freeSlots, int slots)
    {
        _most = Math.Clamp(freeSlots, 1, Most);
        Task<Take.Answer?>[] waits = [.. Lanes.Where(lane => !Paused.Contains(lane.Queue)).Select(lane => lane.Begin(_most, slots))];
        return waits.Length > 0 ? Task.WhenAny(waits) : new TaskCompletionSource<Task<Take.Answer?>>().Task;
    }

    /// <summary>
    /// Whether a wait has taken all that was on the queues, so that the others may go on as they are: what comes now wakes one of them. That
    /// the server had fewer slots free than the wait had asked for when it began says nothing, as long as there was one.
    /// </summary>
    public bool IsAllThereWas(Take.Answer answer) =>
        answer is { IsSuspended: false, IsUnregistered: false, HasMore: false, Paused.Count: 0 } && answer.Executions.Count < _most
        && !(answer.IsLimited && answer.Executions.Count == 0);

    /// <summary>Waits on, after one of the waits has taken something; the others were never interrupted. Then <see cref="EndAsync"/> must follow.</summary>
    /// <param name="woken">The one that has ended.</param>
    /// <param name="freeSlots">How many jobs may still be taken.</param>
    /// <param name="slots">As when the waits began.</param>
    public Task<Task<Take.Answer?>> AgainAsync(Task<Take.Answer?> woken, int freeSlots, int slots)
    {
        _most = Math.Min(_most, freeSlots);
        Array.Find(Lanes, lane => lane.Wait == woken)?.Begin(_most, slots);
        return Task.WhenAny(Lanes.Where(lane => !Paused.Contains(lane.Queue)).Select(lane => lane.Wait));
    }

    /// <summary>Ends the blocking pops that still wait.</summary>
    /// <returns>All that was taken: each answer means jobs that this worker has started.</returns>
    /// <exception cref="AggregateException">A connection was lost; what the others took is in <paramref name="taken"/> all the same.</exception>
    public async Task EndAsync(List<Take.Answer> taken)
    {
        var failures = new List<Exception>();
        foreach (Lane lane in Lanes)
            lane.AskToEnd();
        foreach (Task<Take.Answer?> end in Array.ConvertAll(Lanes, lane => lane.EndAsync()))
        {
            try
            {
                if (await end.ConfigureAwait(false) is { } answer)
                    taken.Add(answer);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                failures.Add(exception);
            }
        }

        if (failures.Count > 0)
            throw new AggregateException(failures);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Lane lane in Lanes)
            await lane.DisposeAsync().ConfigureAwait(false);
        _control.Dispose();
        _noting.Dispose();
    }

    /// <summary>Writes down on which connections the worker waits, before the first wait on any of them: whoever buries it ends their pops.</summary>
    private async Task NoteAsync()
    {
        await _noting.WaitAsync().ConfigureAwait(false);
        try
        {
            ConnectionNumber[] connections = [.. Lanes.Select(lane => lane.Number).Where(number => number.IsKnown)];
            string note = $"{registration.Births}:{string.Join(',', connections)}";
            if (note == _noted)
                return;
            await WorkerRecord.NoteWaitsAsync(setup.Connection, setup.Name, setup.Incarnation, connections).ConfigureAwait(false);
            _noted = note;
        }
        finally
        {
            _noting.Release();
        }
    }

    /// <summary>The wait on one queue.</summary>
    private sealed class Lane(WorkerSetup setup, string queue, QueueOrder orders, ControlConnection control, Func<Task> note) : IAsyncDisposable
    {
        private static readonly Task<Take.Answer?> s_nothing = Task.FromResult<Take.Answer?>(null);

        private readonly OwnThread _thread = new($"rq wait {queue}");
        private RespConnection? _connection;
        private bool _canBeToldToEnd;
        private Task<Take.Answer?> _wait = s_nothing;
        private volatile bool _isEnding;

        public string Queue => queue;

        public Task<Take.Answer?> Wait => _wait;

        public ConnectionNumber Number => _connection?.Number ?? ConnectionNumber.Unknown;

        private RqConnection Rq => setup.Connection;

        private TimeSpan Block => _canBeToldToEnd ? s_block : s_shortBlock;

        public Task<Take.Answer?> Begin(int most, int slots)
        {
            _isEnding = false;
            _wait = WaitAsync(most, slots);
            return _wait;
        }

        public void AskToEnd() => _isEnding = true;

        public async Task<Take.Answer?> EndAsync()
        {
            // The pop may not have reached the server yet when it is told to let go, so it is told until it has.
            long since = setup.Time.GetTimestamp();
            while (!_wait.IsCompleted)
            {
                await control.UnblockAsync(Number).ConfigureAwait(false);
                await Task.WhenAny(_wait, Task.Delay(TimeSpan.FromMilliseconds(50), setup.Time)).ConfigureAwait(false);
                if (_canBeToldToEnd && !_wait.IsCompleted && setup.Time.GetElapsedTime(since) >= s_letGo)
                    _connection?.Interrupt();
            }

            // Once: while its queue is paused nothing else begins here, and what was taken once must not be started again.
            Task<Take.Answer?> ended = _wait;
            _wait = s_nothing;
            return await ended.ConfigureAwait(false);
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                await EndAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // Nothing was taken that the worker's other ways do not find.
            }

            _connection?.Dispose();
            _thread.Dispose();
        }

        private async Task<Take.Answer?> WaitAsync(int most, int slots)
        {
            try
            {
                _connection ??= await _thread.RunAsync(Open).ConfigureAwait(false);
                await note().ConfigureAwait(false);
                while (!_isEnding)
                {
                    TakeOrder order = orders.Next(most);
                    ScriptCall take = Take.Call(Rq, setup.Name, setup.Incarnation, order, slots, ExecutionIds.New(most));
                    RespConnection connection = _connection;
                    RedisResult taken = await _thread.RunAsync(() => Pop(connection, take)).ConfigureAwait(false);
                    // A server that has just forgotten its scripts: what was claimed is found by the same call over the shared connection.
                    taken = RespConnection.IsNoScript(taken)
                        ? await Rq.ExecuteAsync(take).ConfigureAwait(false)
                        : RespConnection.ThrowIfError(taken);
                    setup.Pulse.Passed();
                    Take.Answer answer = Take.Read(Rq, setup.Name, order.Queues, taken);
                    if (answer.Executions.Count > 0 || answer.IsSuspended || answer.IsUnregistered || answer.HasMore || answer.IsLimited || answer.Paused.Contains(queue))
                        return answer;
                }

                return null;
            }
            catch
            {
                // The server may still hold the pop of a connection that is only half closed; it would claim for nobody.
                ConnectionNumber number = Number;
                _connection?.Dispose();
                _connection = null;
                await control.UnblockAsync(number).ConfigureAwait(false);
                await control.KillAsync(number).ConfigureAwait(false);
                throw;
            }
        }

        private RespConnection Open()
        {
            RespConnection connection = RespConnection.Connect(Rq.PrimaryEndpoint(), $"{setup.Name}-wait", Rq.ConnectTimeout);
            try
            {
                _canBeToldToEnd = connection.Number.IsKnown && MayUnblock(connection);
                connection.LoadScript(Take.Script);
                connection.ReceiveTimeout = Block + Rq.ConnectTimeout * 2;
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        /// <summary>Tries it where it does nothing: some providers tell a connection's number and forbid to end its wait.</summary>
        private static bool MayUnblock(RespConnection connection)
        {
            connection.Write("CLIENT", "UNBLOCK", connection.Number.Id);
            connection.Flush();
            return connection.Receive().Resp2Type != ResultType.Error;
        }

        private RedisResult Pop(RespConnection connection, ScriptCall take)
        {
            connection.Write("BLMOVE", Rq.Keys.Queue(queue), Rq.Keys.Claims(setup.Name, queue), "LEFT", "RIGHT",
                Block.TotalSeconds.ToString(CultureInfo.InvariantCulture));
            connection.Write(take);
            connection.Flush();
            try
            {
                RespConnection.ThrowIfError(connection.Receive());
                return connection.Receive();
            }
            catch (IOException exception) when (exception.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock })
            {
                throw new IOException("The server did not answer a blocking pop long after its time was over.", exception);
            }
        }
    }
}
