/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack_parts.c - the parts of a packing alone: stable sorts, trials that
 * leave their bin as it was, scores, equal states by number. */
#include "core/sched/pack_score.h"
#include "core/sched/pack_sort.h"
#include "core/sched/pack_stages.h"
#include "core/sched/pack_trial.h"
#include "tests/unit/core/sched/fixture.h"

struct card {
	int rank, place;
};

static int by_rank(const void *x, const void *y, const void *context)
{
	const struct card *a = x, *b = y;

	(void)context;
	return a->rank - b->rank;
}

static void test_sorts_are_stable(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct card cards[257];
	(void)state;

	for (int len = 0; len <= 257; len++) {
		for (int i = 0; i < len; i++)
			cards[i] = (struct card){ i * 7 % 5, i };
		rt_sort(cards, (size_t)len, sizeof *cards, by_rank, NULL,
			arena);
		for (int i = 1; i < len; i++) {
			const struct card *a = &cards[i - 1], *b = &cards[i];
			assert_true(a->rank < b->rank || (a->rank == b->rank &&
							  a->place < b->place));
		}
	}
	rt_arena_free(&arena);
}

#define ONE_NODE                                                               \
	"'config':{'node_types':[{'name':'a','max_workers':9}]},"              \
	"'nodes':[{'instance_id':'i','type':'a','status':'RAY_RUNNING',"       \
	"'total':{'CPU':4,'memory':10},'available':{'CPU':4,'memory':5},"      \
	"'labels':{'z':'x'}}]"

static void test_requests_sort_by_size(void **state)
{
	struct fixture f;
	struct rt_asks asks = { 0 };
	const uint32_t order[] = { 4, 5, 3, 2, 1, 0 };
	(void)state;

	fixture_open(&f, ONE_NODE
		     ",'demand':{'tasks':[{'resources':{'CPU':1}},"
		     "{'resources':{'GPU':1}},{'resources':{'CPU':2}},"
		     "{'resources':{'CPU':0,'GPU':0}},"
		     "{'label_selectors':[[{'key':'z','values':['x']}],[]]},"
		     "{'label_selectors':[[{'key':'z','values':['y']}]]},"
		     "{'count':0}]}");
	struct rt_pack p = fixture_pack(&f);
	for (uint32_t i = 0; i < f.snapshot->demand.tasks_len; i++)
		rt_asks_add(&p, &asks, &f.snapshot->demand.tasks[i],
			    f.snapshot->demand.tasks[i].count,
			    (struct rt_entry){ RT_ENTRY_TASK, i });
	rt_asks_sort(&p, &asks);
	assert_int_equal(asks.len, 6);
	assert_int_equal(asks.open, 6);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(asks.at[i].entry.index, order[i]);
	fixture_close(&f);
}

static void test_equal_bundles_become_one_ask(void **state)
{
	struct fixture f;
	struct rt_asks asks = { 0 };
	(void)state;

	fixture_open(&f,
		     ONE_NODE ",'demand':{'gangs':[{'bundles':["
			      "{'resources':{'CPU':1}},{'resources':{'CPU':2}},"
			      "{'resources':{'CPU':1}},{'resources':{'CPU':1},"
			      "'label_selectors':[[]]}]}]}");
	struct rt_pack p = fixture_pack(&f);
	for (uint32_t i = 0; i < 4; i++)
		rt_asks_add(&p, &asks, &f.snapshot->demand.gangs[0].bundles[i],
			    1, (struct rt_entry){ RT_ENTRY_GANG, 0 });
	rt_asks_sort(&p, &asks);
	assert_int_equal(asks.len, 3);
	assert_int_equal(asks.at[0].left, 1);
	assert_int_equal(asks.at[1].left, 2);
	assert_int_equal(asks.at[2].left, 1);
	fixture_close(&f);
}

static void test_a_trial_leaves_the_bin_alone(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, ONE_NODE
		     ",'demand':{'tasks':[{'resources':{'CPU':1,"
		     "'none':0}},{'placement':[{'kind':'anti_affinity','label':"
		     "'p'}]}]}");
	struct rt_pack p = fixture_pack(&f);
	const struct rt_request *task = f.snapshot->demand.tasks;
	const struct rt_bin *bin = p.bins.at[0];
	rt_trial_begin(&p, bin, RT_SOURCE_DEMAND);
	const struct rt_ask three = { &task[0], 3, { RT_ENTRY_TASK, 0 } };
	const struct rt_ask apart = { &task[1], 3, { RT_ENTRY_TASK, 1 } };
	assert_int_equal(rt_trial_place(&p, &three), 3);
	assert_int_equal(rt_trial_place(&p, &three), 1);
	assert_int_equal(rt_trial_place(&p, &three), 0);
	assert_int_equal(rt_trial_place(&p, &apart), 1);
	assert_int_equal(rt_trial_place(&p, &apart), 0);
	const struct rt_bin *kept = rt_trial_keep(&p);
	assert_int_equal(bin->available[RT_SOURCE_DEMAND].at[0].units,
			 4 * RT_UNITS);
	assert_int_equal(bin->labels.len, 1);
	assert_null(bin->held[RT_SOURCE_DEMAND]);
	assert_int_equal(kept->available[RT_SOURCE_DEMAND].len, 2);
	assert_int_equal(kept->available[RT_SOURCE_DEMAND].at[0].units, 0);
	assert_int_equal(kept->labels.len, 2);
	const struct rt_held *held = kept->held[RT_SOURCE_DEMAND];
	assert_ptr_equal(held->request, &task[1]);
	assert_int_equal(held->entry.index, 1);
	assert_ptr_equal(rt_bin_first_held(kept), held->before);
	assert_ptr_equal(held->before->request, &task[0]);
	assert_null(held->before->before);
	/* The other source sees neither amounts nor requests. */
	assert_null(kept->held[RT_SOURCE_CONSTRAINT]);
	assert_int_equal(kept->available[RT_SOURCE_CONSTRAINT].at[1].units,
			 10 * RT_UNITS);
	fixture_close(&f);
}

static void test_the_score(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, ONE_NODE
		     ",'demand':{'tasks':[{'resources':{'CPU':2,"
		     "'none':0},'label_selectors':[[{'key':'z','values':['y']}"
		     "],[{'key':'z','values':['x']}],[]]}]}");
	struct rt_pack p = fixture_pack(&f);
	rt_trial_begin(&p, p.bins.at[0], RT_SOURCE_DEMAND);
	rt_trial_place(&p, &(struct rt_ask){ f.snapshot->demand.tasks,
					     1,
					     { RT_ENTRY_TASK, 0 } });
	struct rt_score score = rt_score_trial(&p);
	assert_int_equal(score.match, 2);
	assert_true(score.gpu_ok);
	assert_int_equal(score.kinds, 1);
	assert_true(score.min == 0.5);               /* CPU: 4 x 0.5^3 */
	assert_true(score.mean == (0.5 + 1.25) / 2); /* memory: 10 x 0.5^3 */
	assert_true(rt_bin_used(p.bins.at[0]) == 0.25);
	fixture_close(&f);
}

static uint32_t twin(struct rt_pack *p, uint32_t bin)
{
	return rt_twin_of(p, p->bins.at[bin], RT_SOURCE_DEMAND);
}

static void test_pending_nodes_are_known_by_form(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, "'config':{'node_types':[{'name':'a','resources':"
			 "{'CPU':1}},{'name':'b','resources':{'CPU':1}}]},"
			 "'nodes':["
			 "{'instance_id':'1','type':'a','status':'QUEUED'},"
			 "{'instance_id':'2','type':'a','status':'ALLOCATED'},"
			 "{'instance_id':'3','type':'b','status':'QUEUED'},"
			 "{'instance_id':'4','type':'a','status':'QUEUED',"
			 "'kind':'head'},"
			 "{'instance_id':'5','type':'a','status':'RAY_RUNNING',"
			 "'total':{'CPU':1}}],"
			 "'demand':{'tasks':[{'resources':{'CPU':0}}]}");
	struct rt_pack p = fixture_pack(&f);
	assert_int_equal(twin(&p, 0), twin(&p, 1));
	for (uint32_t i = 2; i < 5; i++)
		assert_int_not_equal(twin(&p, 0), twin(&p, i));
	/* What it holds does not tell it apart, as long as it takes nothing. */
	rt_trial_begin(&p, p.bins.at[0], RT_SOURCE_DEMAND);
	rt_trial_place(&p, &(struct rt_ask){ f.snapshot->demand.tasks,
					     1,
					     { RT_ENTRY_TASK, 0 } });
	struct rt_bin *kept = rt_trial_keep(&p);
	assert_int_equal(rt_twin_of(&p, kept, RT_SOURCE_DEMAND), twin(&p, 0));
	fixture_close(&f);
}

#define RUNS "','type':'a','status':'RAY_RUNNING',"

/* Two that differ in a resource and a label of their own; others with another
 * amount, place, absence, and a label that is asked for. */
static const char running[] =
	"'config':{'node_types':[{'name':'a'}]},'nodes':["
	"{'instance_id':'1" RUNS "'total':{'CPU':4,'x1':1},"
	"'available':{'CPU':2,'x1':1},'labels':{'l':'1'}},"
	"{'instance_id':'2" RUNS "'total':{'CPU':4,'x2':1},"
	"'available':{'CPU':2,'x2':1},'labels':{'l':'2'}},"
	"{'instance_id':'3" RUNS "'total':{'CPU':4,'x1':1},"
	"'available':{'CPU':3,'x1':1}},"
	"{'instance_id':'4" RUNS "'total':{'A1':1,'CPU':4},"
	"'available':{'A1':1,'CPU':2}},"
	"{'instance_id':'5" RUNS "'total':{'CPU':4,'x1':1},"
	"'available':{'CPU':2}},"
	"{'instance_id':'6" RUNS "'total':{'CPU':4,'x1':1},"
	"'available':{'CPU':2,'x1':1},'labels':{'z':'y'}}],"
	"'demand':{'tasks':[{'resources':{'CPU':0},"
	"'label_selectors':[[{'key':'z','values':['x']}],[]]}]}";

static void test_running_nodes_are_known_by_what_counts(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, running);
	struct rt_pack p = fixture_pack(&f);
	assert_int_equal(p.bins.len, 6);
	assert_int_equal(twin(&p, 0), twin(&p, 1));
	for (uint32_t i = 2; i < 6; i++)
		assert_int_not_equal(twin(&p, 0), twin(&p, i));
	/* What it holds tells it apart, for the source that holds it. */
	rt_trial_begin(&p, p.bins.at[0], RT_SOURCE_DEMAND);
	rt_trial_place(&p, &(struct rt_ask){ f.snapshot->demand.tasks,
					     1,
					     { RT_ENTRY_TASK, 0 } });
	struct rt_bin *kept = rt_trial_keep(&p);
	assert_int_not_equal(rt_twin_of(&p, kept, RT_SOURCE_DEMAND),
			     twin(&p, 0));
	assert_int_equal(rt_twin_of(&p, kept, RT_SOURCE_CONSTRAINT),
			 rt_twin_of(&p, p.bins.at[1], RT_SOURCE_CONSTRAINT));
	fixture_close(&f);
}

/* Two of CPU 4 and pods that could be larger, but not by as much as is asked.
 */
#define GROWN                                                                  \
	"'pod':'p','type':'a','status':'RAY_RUNNING','total':{'CPU':4},"       \
	"'available':{'CPU':4},'ippr':{'current_cpu':4,'current_memory':0,"    \
	"'desired_cpu':4,'desired_memory':0}"
static const char two_gangs[] =
	"'config':{'node_types':[{'name':'a','max_workers':0,'ippr':"
	"{'max_cpu':6,'max_memory':0}}]},'nodes':[{'instance_id':'1'," GROWN
	"},{'instance_id':'2'," GROWN "}],"
	"'demand':{'gangs':[{'bundles':[{'resources':{'CPU':3}},"
	"{'resources':{'CPU':3}},{'resources':{'CPU':3}},"
	"{'resources':{'CPU':3}},{'resources':{'CPU':3}}]},"
	"{'bundles':[{'resources':{'CPU':9}}]}]}";

static void test_gangs_that_fail_give_their_memory_back(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, two_gangs);
	struct rt_pack p = fixture_pack(&f);
	p.cpu = rt_name_intern(f.names, "CPU");
	p.memory = rt_name_intern(f.names, "memory");
	p.draft = rt_arena_new();
	rt_arena_strdup(p.draft, "what was there");
	struct rt_arena_mark before = rt_arena_mark(p.draft);
	rt_pack_gangs(&p);
	struct rt_arena_mark after = rt_arena_mark(p.draft);
	assert_true(f.plan->infeasible_gangs[0] && f.plan->infeasible_gangs[1]);
	assert_ptr_equal(after.block, before.block);
	assert_int_equal(after.used, before.used);
	rt_arena_free(&p.draft);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorts_are_stable),
		cmocka_unit_test(test_requests_sort_by_size),
		cmocka_unit_test(test_equal_bundles_become_one_ask),
		cmocka_unit_test(test_a_trial_leaves_the_bin_alone),
		cmocka_unit_test(test_the_score),
		cmocka_unit_test(test_pending_nodes_are_known_by_form),
		cmocka_unit_test(test_running_nodes_are_known_by_what_counts),
		cmocka_unit_test(test_gangs_that_fail_give_their_memory_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
