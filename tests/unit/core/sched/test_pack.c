/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack.c - the plan of whole packings: reasons, limits, and what is done
 * where Ray gives up.  (The rules themselves are tests/golden/decide.) */
#include "core/sched/pack.h"
#include "core/sched/pack_fit.h"
#include "tests/unit/core/sched/fixture.h"

#define GROUP_A "{'name':'a','resources':{'CPU':4},'max_workers':9}"
#define CONFIG_A "'config':{'node_types':[" GROUP_A "]}"

#define TEN(first, other)                                                      \
	"'0':" first ",'1':" other ",'2':" other ",'3':" other ",'4':" other   \
	",'5':" other ",'6':" other ",'7':" other ",'8':" other ",'9':" other

static void pack(struct fixture *f, const char *members)
{
	fixture_open(f, members);
	assert_int_equal(rt_pack_run(f->snapshot, f->plan, &f->err), RT_OK);
}

static void assert_note(const struct fixture *f, uint32_t i,
			enum rt_reason code, int64_t n, int64_t limit)
{
	assert_true(i < f->plan->notes_len);
	assert_int_equal(f->plan->notes[i].why.code, code);
	assert_int_equal(f->plan->notes[i].why.n, n);
	assert_int_equal(f->plan->notes[i].why.limit, limit);
}

static void test_launches_say_for_whom(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f, "'config':{'node_types':[{'name':'a','resources':{'CPU':4},"
		 "'min_workers':2,'max_workers':9}]},"
		 "'demand':{'tasks':[{'count':3,'resources':{'CPU':4}}]}");
	assert_int_equal(f.plan->launch[0], 3);
	assert_int_equal(f.plan->notes_len, 2);
	assert_note(&f, 0, RT_WHY_MIN_NODES, 0, 2);
	assert_int_equal(f.plan->notes[0].count, 2);
	assert_note(&f, 1, RT_WHY_DEMAND, 0, 0);
	assert_int_equal(f.plan->notes[1].count, 1);
	fixture_close(&f);
}

static void test_removals_say_why(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f, "'config':{'idle_timeout_s':1,'max_workers':1,'node_types':[{"
		 "'name':'a','max_workers':3},{'name':'b','max_workers':1}]},"
		 "'nodes':["
		 "{'instance_id':'1','type':'b','status':'QUEUED'},"
		 "{'instance_id':'2','type':'b','status':'RAY_RUNNING',"
		 "'total':{}},"
		 "{'instance_id':'3','type':'a','status':'REQUESTED'},"
		 "{'instance_id':'4','type':'a','status':'RAY_RUNNING',"
		 "'ray_node_id':'f','total':{},'idle_ms':1001}]");
	assert_int_equal(f.plan->removals_len, 3);
	assert_note(&f, 0, RT_WHY_MAX_GROUP, 2, 1);
	assert_note(&f, 1, RT_WHY_MAX_CLUSTER, 3, 2);
	assert_note(&f, 2, RT_WHY_IDLE, 1001, 1000);
	assert_int_equal(f.plan->removals[2].idle_ms, 1001);
	fixture_close(&f);
}

static void assert_entry(const struct fixture *f, uint32_t i,
			 enum rt_entry_kind kind, uint32_t index)
{
	assert_int_equal(f->plan->notes[i].why.entry.kind, kind);
	assert_int_equal(f->plan->notes[i].why.entry.index, index);
}

static void test_launches_name_their_demand(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f, "'config':{'node_types':["
		 "{'name':'a','resources':{'A':1},'max_workers':9},"
		 "{'name':'b','resources':{'B':2},'max_workers':9},"
		 "{'name':'c','resources':{'C':2},'max_workers':9},"
		 "{'name':'d','resources':{'D':2},'max_workers':9}]},"
		 "'demand':{'tasks':[{'resources':{'B':1}},"
		 "{'count':2,'resources':{'A':1}},{'resources':{'B':2}}],"
		 "'gangs':[{'bundles':[{'resources':{'E':1}}]},"
		 "{'bundles':[{'resources':{'C':1}}]}],"
		 "'constraints':[{'requests':[{'resources':{'D':1}}]}]}");
	assert_int_equal(f.plan->launch[0], 2);
	assert_note(&f, 0, RT_WHY_NO_ROOM_FOR_ALL, 0, 0);
	assert_note(&f, 1, RT_WHY_DEMAND, 0, 0);
	assert_entry(&f, 1, RT_ENTRY_TASK, 1);
	assert_note(&f, 2, RT_WHY_DEMAND_AND_MORE, 0, 0);
	assert_entry(&f, 2, RT_ENTRY_TASK, 2);
	assert_note(&f, 3, RT_WHY_DEMAND, 0, 0);
	assert_entry(&f, 3, RT_ENTRY_GANG, 1);
	assert_note(&f, 4, RT_WHY_DEMAND, 0, 0);
	assert_entry(&f, 4, RT_ENTRY_CONSTRAINT, 0);
	fixture_close(&f);
}

#define IDLE(id, type, cpus, ms)                                               \
	"{'instance_id':'" id "','type':'" type "','status':'RAY_RUNNING',"    \
	"'ray_node_id':'f','total':{'CPU':" cpus "},'available':{'CPU':" cpus  \
	"},'idle_ms':" ms "}"

static const char idle_nodes[] =
	"'config':{'idle_timeout_s':1,'node_types':["
	"{'name':'a','min_workers':1,'max_workers':9},"
	"{'name':'b','resources':{'CPU':4},'max_workers':9}]},"
	"'nodes':["
	/* clang-format off */
	IDLE("1", "a", "1", "5000") ","
	IDLE("2", "b", "4", "5000") ","
	IDLE("3", "b", "4", "900") ","
	IDLE("4", "b", "4", "0")
	/* clang-format on */
	"],'demand':{'tasks':[{'count':2,'resources':{'CPU':4}}]}";

static void test_idle_nodes_that_stay_say_why(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, idle_nodes);
	rt_plan_explain(f.plan);
	assert_int_equal(rt_pack_run(f.snapshot, f.plan, &f.err), RT_OK);
	assert_int_equal(f.plan->removals_len, 0);
	assert_int_equal(f.plan->notes_len, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct rt_note *note = &f.plan->notes[i];
		if (note->node == 0)
			assert_note(&f, i, RT_WHY_STAYS_MIN, 5000, 1);
		else if (note->node == 1)
			assert_note(&f, i, RT_WHY_STAYS_NEEDED, 5000, 0);
		else
			assert_note(&f, i, RT_WHY_STAYS_YOUNG, 900, 1000);
	}
	fixture_close(&f);
}

static void test_a_running_node_of_no_group_is_left_out(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f,
	     CONFIG_A ",'nodes':[{'instance_id':'i','type':'gone','status':"
		      "'RAY_RUNNING','total':{'CPU':4},'available':{'CPU':4}}],"
		      "'demand':{'tasks':[{'resources':{'CPU':4}}]}");
	assert_int_equal(f.plan->launch[0], 1);
	assert_int_equal(f.plan->removals_len, 0);
	assert_note(&f, 0, RT_WHY_NO_GROUP, 0, 0);
	assert_int_equal(f.plan->notes[0].node, 0);
	fixture_close(&f);
}

static void test_more_available_than_there_is_can_be_used(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f,
	     CONFIG_A ",'nodes':[{'instance_id':'i','type':'a','status':"
		      "'RAY_RUNNING','total':{'CPU':4},'available':{'CPU':6}}],"
		      "'demand':{'tasks':[{'count':3,'resources':{'CPU':2}}]}");
	assert_int_equal(f.plan->launch[0], 0);
	assert_note(&f, 0, RT_WHY_OVERFULL, 0, 0);
	fixture_close(&f);
}

static void test_a_gang_of_two_minds_is_infeasible(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f, CONFIG_A ",'demand':{'gangs':[{'bundles':[{'placement':["
			  "{'kind':'affinity','label':'x'},"
			  "{'kind':'anti_affinity','label':'x'}]}]},"
			  "{'bundles':[{'resources':{'CPU':4}}]}]}");
	assert_true(f.plan->infeasible_gangs[0]);
	assert_false(f.plan->infeasible_gangs[1]);
	assert_note(&f, 0, RT_WHY_BAD_INPUT, 0, 0);
	fixture_close(&f);
}

static void test_a_label_of_another_value_keeps_apart(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f, CONFIG_A
	     ",'nodes':[{'instance_id':'i','type':'a','status':"
	     "'RAY_RUNNING','total':{'CPU':4},'available':{'CPU':4},"
	     "'labels':{'x':'1'}}],"
	     "'demand':{'gangs':[{'bundles':[{'resources':{'CPU':1},"
	     "'placement':[{'kind':'anti_affinity','label':'x'}]}]}]}");
	assert_false(f.plan->infeasible_gangs[0]);
	assert_int_equal(f.plan->launch[0], 1);
	assert_note(&f, 0, RT_WHY_OTHER_LABEL, 0, 0);
	assert_int_equal(f.plan->notes[0].node, 0);
	fixture_close(&f);
}

static void test_amounts_beyond_all_bounds_fit_nowhere(void **state)
{
	struct fixture f;
	char bundles[4096];
	size_t len = 0;
	(void)state;

	for (int i = 0; i < 12; i++)
		len += (size_t)snprintf(
			bundles + len, sizeof bundles - len,
			"%s{'resources':{'CPU':100000000000000,"
			"'GPU':100000000000000},'placement':[{'kind':"
			"'affinity','label':'x'}]}",
			i ? "," : "");
	char members[6000];
	snprintf(members, sizeof members,
		 CONFIG_A ",'demand':{'gangs':[{'bundles':[%s]}]}", bundles);
	pack(&f, members);
	assert_true(f.plan->infeasible_gangs[0]);
	fixture_close(&f);
}

static void test_too_large_a_cluster(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, "'config':{'node_types':[{'name':'a',"
			 "'min_workers':150000,'max_workers':150000},"
			 "{'name':'b','min_workers':50001,"
			 "'max_workers':9007199254740991}]}");
	assert_int_equal(rt_pack_run(f.snapshot, f.plan, &f.err), RT_ELIMIT);
	assert_string_equal(f.err.text,
			    "the cluster is too large: nodes and minima "
			    "together pass 200000; lower the minima");
	fixture_close(&f);
}

static void test_as_large_a_cluster_as_may_be(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f, "'config':{'node_types':[{'name':'a','min_workers':150000,"
		 "'max_workers':150000},{'name':'b','min_workers':49999,"
		 "'max_workers':50000}]},'nodes':[{'instance_id':'1',"
		 "'type':'gone','status':'QUEUED'}]");
	assert_int_equal(f.plan->launch[0] + f.plan->launch[1],
			 RT_PACK_NODES_MAX - 1);
	fixture_close(&f);
}

/* The first task asks for more in all, though for less of "0". */
static void test_sums_beyond_an_int64(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f,
	     "'config':{'node_types':[{'name':'a','max_workers':1,"
	     "'resources':{" TEN(
		     "1e14", "1e14") "}}]},'demand':{'tasks':["
				     "{'resources':{" TEN(
					     "9e13",
					     "1e14") "}},"
						     "{'resources':{" TEN(
							     "1e14",
							     "9.3e13") "}}]}");
	assert_int_equal(f.plan->infeasible_tasks[0], 0);
	assert_int_equal(f.plan->infeasible_tasks[1], 1);
	fixture_close(&f);
}

static void test_launches_end_at_the_limit(void **state)
{
	struct fixture f;
	(void)state;

	pack(&f, "'config':{'node_types':[{'name':'a','resources':{'CPU':1},"
		 "'max_workers':9007199254740991}]},'demand':{'tasks':[{"
		 "'count':100000000,'resources':{'CPU':1}}]}");
	assert_int_equal(f.plan->launch[0], RT_PACK_NODES_MAX);
	assert_int_equal(f.plan->infeasible_tasks[0],
			 100000000 - RT_PACK_NODES_MAX);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_launches_say_for_whom),
		cmocka_unit_test(test_removals_say_why),
		cmocka_unit_test(test_launches_name_their_demand),
		cmocka_unit_test(test_idle_nodes_that_stay_say_why),
		cmocka_unit_test(test_a_running_node_of_no_group_is_left_out),
		cmocka_unit_test(test_more_available_than_there_is_can_be_used),
		cmocka_unit_test(test_a_gang_of_two_minds_is_infeasible),
		cmocka_unit_test(test_a_label_of_another_value_keeps_apart),
		cmocka_unit_test(test_amounts_beyond_all_bounds_fit_nowhere),
		cmocka_unit_test(test_too_large_a_cluster),
		cmocka_unit_test(test_as_large_a_cluster_as_may_be),
		cmocka_unit_test(test_launches_end_at_the_limit),
		cmocka_unit_test(test_sums_beyond_an_int64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
